using System.Diagnostics;
using System.Net;
using System.Text;
using SkiaSharp;

namespace ClipSharp.Cli.Tests.Serving;

/// <summary>SIGTERM while many requests are under way.</summary>
public sealed class EndUnderLoadTests : IDisposable
{
    private const int InFlight = 50, Last = 5, Refused = 10, PicturesEach = 4, Side = 640;

    private static readonly Uri Route = new("v1/embeddings", UriKind.Relative);

    private static readonly TimeSpan Most = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public async Task Fifty_in_flight_get_their_answers_new_ones_503_and_the_process_ends_in_ten_seconds()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The signal is one of Unix.");
        TinyModel.Write(_folder["tiny"]);
        using var server = await ServeProcess.StartAsync(_folder.Path, "--model tiny");
        await server.ReadyAsync();
        TaskCompletionSource most = new(), last = new(); // the last few are still on their way in when others are refused
        var bodies = Enumerable.Range(0, InFlight).Select(number =>
            new HeldContent(Request(number), (number < Last ? last : most).Task)).ToList();
        var inside = bodies.ConvertAll(body => server.Client.PostAsync(Route, body, Now));
        while (await ActiveAsync(server) < InFlight)
        {
            await Task.Delay(5, Now);
        }

        most.SetResult();
        await server.SignalAsync("TERM");
        var since = Stopwatch.StartNew();
        for (var refused = 0; refused < Refused;)
        {
            using var body = new StringContent("""{"input": "late"}""", Encoding.UTF8, "application/json");
            using var late = await server.Client.PostAsync(Route, body, Now);
            Assert.True(late.StatusCode == HttpStatusCode.ServiceUnavailable || refused == 0, $"{late.StatusCode}");
            refused += late.StatusCode == HttpStatusCode.ServiceUnavailable ? 1 : 0;
        }

        last.SetResult();
        Assert.All(await Task.WhenAll(inside), reply => Assert.Equal(HttpStatusCode.OK, reply.StatusCode));
        var answered = since.Elapsed;
        Assert.Equal((0, ""), await server.EndAsync());
        TestContext.Current.SendDiagnosticMessage(FormattableString.Invariant(
            $"{InFlight} answered within {answered.TotalSeconds:0.0} s, {Refused} refused, ended after {since.Elapsed.TotalSeconds:0.0} s"));
        Assert.InRange(since.Elapsed, TimeSpan.Zero, Most);
    }

    private static async Task<long> ActiveAsync(ServeProcess server)
    {
        const string gauge = "\nclipsharp_requests_active ";
        var page = await server.Client.GetStringAsync(new Uri("metrics", UriKind.Relative), Now);
        var at = page.IndexOf(gauge, StringComparison.Ordinal) + gauge.Length;
        return long.Parse(page.AsSpan(at, page.IndexOf('\n', at) - at), provider: null);
    }

    // Pictures whose decoding takes milliseconds: most of the fifty are still inside when the signal comes.
    private static byte[] Request(int number)
    {
        using var bitmap = new SKBitmap(Side, Side);
        using (var canvas = new SKCanvas(bitmap))
        {
            using var paint = new SKPaint
            {
                Shader = SKShader.CreatePerlinNoiseTurbulence(0.05f, 0.05f, 4, number),
            };
            canvas.DrawPaint(paint);
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        var picture = $$"""{"image": "{{Convert.ToBase64String(data.Span)}}"}""";
        return Encoding.UTF8.GetBytes($$"""{"input": [{{string.Join(", ", Enumerable.Repeat(picture, PicturesEach))}}]}""");
    }

    /// <summary>A body whose last byte waits, so that all are let in before one is answered.</summary>
    private sealed class HeldContent : HttpContent
    {
        private readonly byte[] _body;
        private readonly Task _until;

        public HeldContent(byte[] body, Task until)
        {
            (_body, _until) = (body, until);
            Headers.ContentType = new("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_body.AsMemory(0, _body.Length - 1), Now);
            await stream.FlushAsync(Now);
            await _until;
            await stream.WriteAsync(_body.AsMemory(_body.Length - 1), Now);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _body.Length;
            return true;
        }
    }
}
