using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace ClipSharp.Cli.Tests.Serving;

/// <summary>Broken requests by the thousand to the program as it is run: it answers in words, tells nothing of its machine, lives
/// on and does not grow.</summary>
public sealed class StrangersTests : IDisposable
{
    private const int Requests = 10_000, WarmUp = 4_000, Slow = 64, AtOnce = 8;
    private const long MostGrowth = 64L << 20; // of what decoders and the collector keep for next time

    private static readonly string[] Telling =
        ["System.", "Microsoft.", "ClipSharp.", "   at ", SharedFiles.Root, Path.GetTempPath(), ".cs:", "Exception"];

    private const string Package = "ClipSharp.Images.Magick"; // is named where a picture is of a format that it reads

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public async Task Ten_thousand_are_answered_in_words_and_leave_the_server_alive_and_no_larger()
    {
        TinyModel.Write(_folder["tiny"]);
        using var server = await ServeProcess.StartAsync(_folder.Path, "--model tiny");
        await server.ReadyAsync();
        var slow = Enumerable.Range(0, Slow).Select(_ => DribbleAsync(server)).ToList(); // beside all others
        var statuses = new SortedDictionary<int, int>();
        var (done, before) = (0, 0L);
        foreach (var some in StrangeRequests.Of(Requests).Chunk(AtOnce))
        {
            foreach (var status in await Task.WhenAll(some.Select(request => AnswerAsync(server, request))))
            {
                statuses[status] = statuses.GetValueOrDefault(status) + 1;
            }

            done += some.Length;
            before = done == WarmUp ? server.Resident : before;
        }

        Assert.All(await Task.WhenAll(slow), status => Assert.Equal((int)HttpStatusCode.RequestTimeout, status));
        var after = server.Resident;
        using var still = await server.Client.PostAsync(new Uri("v1/embeddings", UriKind.Relative),
            new StringContent("""{"input": "still there"}""", Encoding.UTF8, "application/json"), Now);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
        Assert.True(statuses.GetValueOrDefault(400) > Requests / 2);
        Assert.InRange(after - before, long.MinValue, MostGrowth);
        TestContext.Current.SendDiagnosticMessage(string.Join(", ", statuses.Select(pair => $"{pair.Key}: {pair.Value}"))
            + $"; resident {before >> 20} MiB after {WarmUp}, {after >> 20} MiB after {Requests} and {Slow} slow ones");
    }

    // 0: the connection was closed without an answer, as HTTP allows where there is no request to answer.
    private static async Task<int> AnswerAsync(ServeProcess server, StrangeRequest request)
    {
        var (status, text) = request.Type is { } type ? await PostAsync(server, request, type)
            : await RawAsync(server, request.Body);
        // 505 is what HTTP itself demands where its version is unknown, before this server is asked.
        Assert.True(status is 0 or 200 or (>= 400 and < 500) or 503 || (status == 505 && request.Type is null),
            $"{request.Route} {request.How}: {status} {text}\n{server.Errors}");
        if (status != 200)
        {
            var rest = text.Replace(Package, "", StringComparison.Ordinal);
            Assert.All(Telling, word => Assert.DoesNotContain(word, rest, StringComparison.Ordinal));
        }

        return status;
    }

    private static async Task<(int Status, string Text)> PostAsync(ServeProcess server, StrangeRequest request, string type)
    {
        using var content = new ByteArrayContent(request.Body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var reply = await server.Client.PostAsync(new Uri(request.Route, UriKind.Relative), content, Now);
        return ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync(Now));
    }

    private static async Task<(int Status, string Text)> RawAsync(ServeProcess server, byte[] bytes)
    {
        using var socket = await ConnectAsync(server);
        var reply = new StringBuilder();
        var stream = socket.GetStream();
        try
        {
            await stream.WriteAsync(bytes, Now);
            socket.Client.Shutdown(SocketShutdown.Send); // a body that is too short ends here
            var buffer = new byte[16 << 10];
            int read;
            while ((read = await stream.ReadAsync(buffer, Now)) > 0)
            {
                reply.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Closed while bytes were on their way.
        }

        return (StatusOf(reply.ToString()), reply.ToString());
    }

    // A byte now and then, until the server has waited long enough.
    private static async Task<int> DribbleAsync(ServeProcess server)
    {
        using var socket = await ConnectAsync(server);
        var stream = socket.GetStream();
        await stream.WriteAsync("POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"u8
            .ToArray(), Now);
        await stream.WriteAsync("Content-Length: 1000\r\n\r\n"u8.ToArray(), Now);
        var buffer = new byte[4096];
        var answer = stream.ReadAsync(buffer, Now).AsTask();
        while (!answer.IsCompleted)
        {
            await stream.WriteAsync(" "u8.ToArray(), Now);
            await Task.WhenAny(answer, Task.Delay(200, Now));
        }

        return StatusOf(Encoding.Latin1.GetString(buffer, 0, await answer));
    }

    private static async Task<TcpClient> ConnectAsync(ServeProcess server)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(server.Client.BaseAddress!.Host, server.Client.BaseAddress.Port, Now);
        return socket;
    }

    private static int StatusOf(string reply) =>
        reply.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(reply.AsSpan(9, 3), provider: null) : 0;
}
