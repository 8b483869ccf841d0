using System.Collections.Concurrent;
using System.Diagnostics;

namespace ClipSharp.Server.Tests.Telemetry;

/// <summary>The spans of a request's parts.</summary>
public sealed class ServerTraceTests : IDisposable
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public ServerTraceTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.AspNetCore" or "ClipSharp" or "ClipSharp.Server",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData("/v1/embeddings", """{"input": [{"image": "PNG"}, "x"]}""", 200, "admission encode")]
    [InlineData("/v1/zero-shot", """{"images": ["PNG"], "labels": ["red", "blue"]}""", 200, "admission encode")]
    [InlineData("/v1/embeddings", """{"input": []}""", 400, "admission")]
    [InlineData("/v1/search", """{"text": "x"}""", 404, "admission")]
    public async Task Parts_stand_below_the_request_and_in_the_callers_trace(string route, string json, int status, string parts)
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, route)
        {
            Content = new StringContent(json.Replace("PNG", Convert.ToBase64String(ColourPictures.Png(0)),
                StringComparison.Ordinal), new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")),
            Headers = { { "traceparent", Parent } },
        };
        using var reply = await server.Client.SendAsync(request, Now);
        Assert.Equal(status, (int)reply.StatusCode);
        await server.StopAsync(); // its span has ended too
        var trace = _ended.Where(span => Parent.Contains(span.TraceId.ToHexString(), StringComparison.Ordinal)).ToList();
        var whole = Assert.Single(trace, span => span.Source.Name == "Microsoft.AspNetCore");
        var below = trace.Where(span => span.ParentSpanId == whole.SpanId).ToList();
        Assert.Equal(parts.Split(' ').Select(part => $"clipsharp.{part}"), below.Select(span => span.OperationName));
        if (below.Find(span => span.OperationName == "clipsharp.encode") is { } encoding)
        {
            var decoding = Assert.Single(trace, span => span.OperationName == "clipsharp.decode");
            Assert.Equal(encoding.SpanId, decoding.ParentSpanId);
            Assert.Equal("ClipSharp", decoding.Source.Name);
        }
    }
}
