using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace ClipSharp.Cli.Tests.Serving;

/// <summary>What <c>serve</c> sends to a collector of OpenTelemetry; a server of this test stands in for one.</summary>
public sealed class ServeTelemetryTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<string, string> _taken = new(); // path of a signal, and all that came
    private WebApplication _collector = null!;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        TinyModel.Write(_folder["tiny"]);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _collector = builder.Build();
        _collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var text = Encoding.Latin1.GetString(body.ToArray()); // names stand in the protobuf as they are
            _taken.AddOrUpdate(context.Request.Path, text, (_, before) => before + text);
            context.Response.ContentType = "application/x-protobuf";
        });
        await _collector.StartAsync(Now);
    }

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Spans_and_figures_reach_the_collector_that_is_named(bool byOption)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The signal is one of Unix.");
        var address = _collector.Urls.Single();
        using var server = byOption
            ? await ServeProcess.StartAsync(_folder.Path, $"--model tiny --otlp-endpoint {address}")
            : await ServeProcess.StartAsync(_folder.Path, "--model tiny", ("OTEL_EXPORTER_OTLP_ENDPOINT", address),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
        await server.ReadyAsync();
        await AskAsync(server);
        await server.SignalAsync("TERM");
        Assert.Equal((0, ""), await server.EndAsync());
        var traces = _taken["/v1/traces"];
        foreach (var word in (string[])["clipsharp.admission", "clipsharp.encode", "clipsharp.decode", "service.name"])
        {
            Assert.Contains(word, traces, StringComparison.Ordinal);
        }

        Assert.Contains("clipsharp.request.duration", _taken["/v1/metrics"], StringComparison.Ordinal);
        Assert.DoesNotContain("a secret text", string.Concat(_taken.Values), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_is_gone_costs_no_answer_and_no_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The signal is one of Unix.");
        var address = _collector.Urls.Single();
        await _collector.StopAsync(Now);
        using var server = await ServeProcess.StartAsync(_folder.Path, $"--model tiny --otlp-endpoint {address}");
        await server.ReadyAsync();
        await AskAsync(server);
        await server.SignalAsync("TERM");
        Assert.Equal((0, ""), await server.EndAsync());
    }

    [Fact]
    public async Task Nobody_asked_nothing_is_sent()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The signal is one of Unix.");
        using var server = await ServeProcess.StartAsync(_folder.Path, "--model tiny",
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", _collector.Urls.Single())); // of one signal, and not the switch
        await server.ReadyAsync();
        await AskAsync(server);
        await server.SignalAsync("TERM");
        Assert.Equal((0, ""), await server.EndAsync());
        Assert.Empty(_taken);
    }

    private static async Task AskAsync(ServeProcess server)
    {
        using var body = new StringContent(
            $$"""{"input": ["a secret text", {"image": "{{Convert.ToBase64String(ColourPictures.Png(0))}}"}]}""", Encoding.UTF8,
            "application/json");
        using var reply = await server.Client.PostAsync(new Uri("v1/embeddings", UriKind.Relative), body, Now);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }
}
