using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace ClipSharp.Benchmarks;

/// <summary>The server under more than it can do. Its capacity is measured by as many clients as keep it busy, then requests
/// come at a fixed rate, answered or not, from this process, while health and memory are watched.</summary>
internal static class ServerLoad
{
    /// <summary>The first argument that asks for this.</summary>
    public const string Argument = "load";

    private const int Clients = 64;
    private const int Excess = 5;
    private const int BatchPictures = 1024;
    private static readonly TimeSpan CapacityTime = TimeSpan.FromSeconds(30);

    /// <summary>Measures and prints.</summary>
    /// <param name="arguments">FOLDER (models are kept in it), VOCABULARY, PICTURES (a folder of picture files), MINUTES, PRESET;
    /// what stands behind goes to <c>serve</c> and <c>embed</c>, such as <c>--precision fp32</c>.</param>
    public static async Task RunAsync(string[] arguments)
    {
        if (arguments is not [var folder, var vocabulary, var pictures, var minutes, var preset, .. var options])
        {
            throw new ArgumentException("load FOLDER VOCABULARY PICTURES MINUTES PRESET [OPTIONS]");
        }

        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var model = Path.Combine(folder, preset);
        RandomModel.Write(preset, model, vocabulary);
        var files = Directory.GetFiles(pictures).Order(StringComparer.Ordinal).ToArray();
        byte[][] bodies = [.. files.Take(256).Select(Body)];
        Console.WriteLine($"{preset} {string.Join(' ', options)}: {Environment.ProcessorCount} cores, bodies of {bodies.Average(body => body.Length):N0} bytes");

        var batch = await BatchRateAsync(model, files, options);
        Console.WriteLine($"embed, in batches of 64: {batch:0.0} pictures/s");
        using var server = await ServedProcess.StartAsync(["--model", model, .. options]);
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 240 })
        {
            BaseAddress = server.Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        await ClosedAsync(client, bodies, TimeSpan.FromSeconds(5)); // warm
        var (peak, latency) = await ClosedAsync(client, bodies, CapacityTime);
        Console.WriteLine($"{Clients} clients one request after the other: {peak:0.0} pictures/s ({peak / batch:0.00} of embed), p50 {latency.Half:0} ms, p99 {latency.Most:0} ms");
        await OpenAsync(server, client, bodies, Excess * peak, TimeSpan.FromMinutes(double.Parse(minutes)), peak, batch);
        var (code, took) = await server.EndAsync();
        Console.WriteLine($"SIGTERM: exit code {code} after {took.TotalSeconds:0.0} s");
    }

    private static byte[] Body(string file) => JsonSerializer.SerializeToUtf8Bytes(
        new { input = new[] { new { image = File.ReadAllBytes(file) } }, encoding_format = "base64" });

    // Of twice as many pictures less of as many: what loading takes is not in it.
    private static async Task<double> BatchRateAsync(string model, string[] files, string[] options)
    {
        var work = Directory.CreateTempSubdirectory("clipsharp-load");
        async Task<double> Seconds(string name, int count)
        {
            var folder = work.CreateSubdirectory(name).FullName;
            for (var i = 0; i < count; i++)
            {
                File.Copy(files[i % files.Length], Path.Combine(folder, $"{i}{Path.GetExtension(files[i % files.Length])}"));
            }

            return (await ServedProcess.TimeOfAsync(
                ["embed", "--images", folder, "--model", model, "-b", "64", "-o", folder + ".out", .. options])).TotalSeconds;
        }

        var (few, many) = (await Seconds("few", BatchPictures), await Seconds("many", 2 * BatchPictures));
        work.Delete(recursive: true);
        return BatchPictures / (many - few);
    }

    private static async Task<(double Rate, (double Half, double Most) Latency)> ClosedAsync(HttpClient client, byte[][] bodies,
        TimeSpan time)
    {
        var latencies = new ConcurrentBag<double>();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
        {
            for (var i = number; clock.Elapsed < time; i++)
            {
                var (status, milliseconds) = await PostAsync(client, bodies[i % bodies.Length]);
                if (status == HttpStatusCode.OK)
                {
                    latencies.Add(milliseconds);
                }
            }
        }));
        return (latencies.Count / clock.Elapsed.TotalSeconds, Spread([.. latencies]));
    }

    private static async Task OpenAsync(ServedProcess server, HttpClient client, byte[][] bodies, double rate, TimeSpan time,
        double peak, double batch)
    {
        var answers = new ConcurrentQueue<(HttpStatusCode Status, double Milliseconds)>();
        var (health, memory) = (new ConcurrentBag<double>(), new List<long>());
        var watching = new CancellationTokenSource();
        var watcher = WatchAsync(server, health, memory, watching.Token);
        using var self = Process.GetCurrentProcess();
        var (ownBefore, servedBefore) = (self.TotalProcessorTime, server.ProcessorTime);
        var clock = Stopwatch.StartNew();
        var under = new List<Task>();
        long sent = 0;
        while (clock.Elapsed < time)
        {
            for (; sent < clock.Elapsed.TotalSeconds * rate; sent++)
            {
                var body = bodies[sent % bodies.Length];
                under.Add(Task.Run(async () => answers.Enqueue(await PostAsync(client, body))));
            }

            under.RemoveAll(task => task.IsCompletedSuccessfully);
            await Task.Delay(2);
        }

        var elapsed = clock.Elapsed;
        self.Refresh();
        var whole = elapsed * Environment.ProcessorCount;
        var (own, served) = ((self.TotalProcessorTime - ownBefore) / whole, (server.ProcessorTime - servedBefore) / whole);
        var goodput = answers.Count(answer => answer.Status == HttpStatusCode.OK) / elapsed.TotalSeconds;
        await Task.WhenAll(under);
        await watching.CancelAsync();
        await watcher;

        Console.WriteLine($"{sent / elapsed.TotalSeconds:0.0} requests/s for {elapsed.TotalMinutes:0.0} minutes, {sent:N0} in all:");
        foreach (var status in answers.GroupBy(answer => answer.Status).OrderBy(group => group.Key))
        {
            var (half, most) = Spread([.. status.Select(answer => answer.Milliseconds)]);
            Console.WriteLine($"  {(int)status.Key}: {status.Count(),9:N0}   p50 {half,6:0} ms   p99 {most,6:0} ms   most {status.Max(answer => answer.Milliseconds),6:0} ms");
        }

        var (usual, late) = Spread([.. health]);
        var queue = new Server.Limits.ServerLimits().Requests;
        Console.WriteLine($"answered {goodput:0.0} pictures/s: {goodput / peak:0.00} of the peak, {goodput / batch:0.00} of embed; room for {queue} requests / that rate = {1000 * queue / goodput:0} ms");
        Console.WriteLine($"of the processors this program took {own:0.000}, the server {served:0.000}");
        Console.WriteLine($"/health/live {health.Count:N0} times: p50 {usual:0.0} ms, p99 {late:0.0} ms, most {health.Max():0} ms");
        Console.WriteLine($"memory: {memory[0]} MiB before, {memory[memory.Count / 10]} after a tenth of the time, {memory[^1]} at the end, {memory.Max()} at most");
    }

    private static async Task WatchAsync(ServedProcess server, ConcurrentBag<double> health, List<long> memory,
        CancellationToken until)
    {
        using var client = new HttpClient { BaseAddress = server.Address }; // a connection of its own
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        memory.Add(server.Mebibytes);
        while (!until.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            var begun = Stopwatch.GetTimestamp();
            using var reply = await client.GetAsync(new Uri("/health/live", UriKind.Relative), CancellationToken.None);
            health.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            memory.Add(server.Mebibytes);
        }
    }

    private static async Task<(HttpStatusCode Status, double Milliseconds)> PostAsync(HttpClient client, byte[] body)
    {
        var begun = Stopwatch.GetTimestamp();
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using var reply = await client.PostAsync(new Uri("/v1/embeddings", UriKind.Relative), content);
            return (reply.StatusCode, Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
        catch (HttpRequestException)
        {
            return (0, Stopwatch.GetElapsedTime(begun).TotalMilliseconds); // counted: it must not happen
        }
    }

    private static (double Half, double Most) Spread(double[] values)
    {
        Array.Sort(values);
        return values.Length == 0 ? (0, 0) : (values[values.Length / 2], values[(int)(values.Length * 0.99)]);
    }
}
