using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClipSharp.Server.Tests;

/// <summary>What stands round the routes: options, loading, keys, health, figures, the document.</summary>
public sealed class ApplicationTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public void Options_come_from_the_configuration()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ClipSharp:Model"] = "hf-hub:org/clip",
            ["ClipSharp:Precision"] = "bf16",
            ["ClipSharp:Limits:Pictures"] = "7",
            ["ClipSharp:Limits:AnswerTime"] = "00:00:05",
        });
        builder.Services.AddClipSharp(_ => throw new InvalidOperationException());
        using var provider = builder.Services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptions<ServerOptions>>().Value;
        Assert.Equal("org/clip", options.ShownName);
        Assert.Equal("bf16", options.Precision);
        Assert.Equal(7, options.Limits.Pictures);
        Assert.Equal(TimeSpan.FromSeconds(5), options.Limits.AnswerTime);
        Assert.Equal(256, options.Limits.Texts);
    }

    [Fact]
    public async Task While_the_model_loads_the_server_lives_and_is_not_ready()
    {
        using var loaded = new ManualResetEventSlim();
        await using var server = await RunningServer.StartAsync(() =>
        {
            loaded.Wait();
            return RunningServer.Fake(new FakeEncoder());
        }, waits: false);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/health/live"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(server, "/health/ready"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(server, "/v1/models"));
        Assert.Equal(503, (await server.ProblemAsync("/v1/embeddings", """{"input": "x"}""")).Status);
        loaded.Set();
        await server.Served.Ready.WaitAsync(Now);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/v1/models"));
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_ends_the_application()
    {
        await using var server = await RunningServer.StartAsync(() => throw new ClipException(ClipError.NoInput, "No model", "a",
            "b", "c", "d"), waits: false);
        Assert.Equal(ClipError.NoInput, (await Assert.ThrowsAsync<ClipException>(() => server.Served.Ready)).Kind);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Task.Delay(Timeout.Infinite, server.Lifetime.ApplicationStopping));
    }

    [Fact]
    public async Task A_model_whose_numbers_are_spoilt_ends_it_too()
    {
        await using var server = await RunningServer.StartAsync(() => RunningServer.Fake(new FakeEncoder { Spoilt = true }),
            waits: false);
        var fault = await Assert.ThrowsAsync<ClipException>(() => server.Served.Ready);
        Assert.Contains("A vector is not usable", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("Bearer wrong", 401)]
    [InlineData("Basic secret", 401)]
    [InlineData("Bearer secret ", 200)]
    [InlineData("bearer secret", 200)]
    public async Task A_key_is_asked_for_by_all_routes_but_health(string? authorization, int status)
    {
        await using var server = await RunningServer.StartAsync(configure: options => options.ApiKey = "secret");
        foreach (var route in (string[])["/v1/models", "/indices-list", "/metrics", "/openapi/v1.json", "/scalar/", "/scalar/scalar.js",
            "/v1/embeddings"])
        {
            using var request = new HttpRequestMessage(route == "/v1/embeddings" ? HttpMethod.Post : HttpMethod.Get, route);
            request.Content = route == "/v1/embeddings"
                ? new StringContent("""{"input": "x"}""", new MediaTypeHeaderValue("application/json")) : null;
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using var reply = await server.Client.SendAsync(request, Now);
            Assert.True(status == (int)reply.StatusCode, $"{route} {(int)reply.StatusCode}");
            Assert.Equal(status == 401, reply.Headers.WwwAuthenticate.Count > 0);
        }

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/health/live"));
    }

    [Fact]
    public async Task Models_are_in_OpenAIs_shape_without_a_path()
    {
        await using var server = await RunningServer.StartAsync();
        var model = JsonDocument.Parse(await TextAsync(server, "/v1/models")).RootElement.GetProperty("data")[0];
        Assert.Equal("tiny", model.GetProperty("id").GetString());
        Assert.Equal("model", model.GetProperty("object").GetString());
        Assert.Equal(32, model.GetProperty("dimensions").GetInt32());
    }

    [Fact]
    public async Task Figures_are_in_Prometheus_form()
    {
        await using var server = await RunningServer.StartAsync();
        await server.AnswerAsync("/v1/embeddings", """{"input": "x"}""");
        await server.ProblemAsync("/v1/embeddings", "{}");
        var page = await TextAsync(server, "/metrics");
        Assert.Contains("# TYPE clipsharp_request_duration_seconds histogram\n", page, StringComparison.Ordinal);
        foreach (var status in (int[])[200, 400])
        {
            Assert.Contains($"clipsharp_request_duration_seconds_count{{route=\"/v1/embeddings\",status=\"{status}\"}} 1\n", page,
                StringComparison.Ordinal);
            Assert.Contains($"route=\"/v1/embeddings\",status=\"{status}\",le=\"+Inf\"}} 1\n", page, StringComparison.Ordinal);
        }

        Assert.Contains("\nclipsharp_ready 1\n", page, StringComparison.Ordinal);
        Assert.All(page.Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
            Assert.Matches("""^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [-+.0-9eE]+)$""", line));
    }

    [Fact]
    public async Task The_document_describes_every_route_and_what_it_takes()
    {
        await using var server = await RunningServer.StartAsync();
        var document = JsonDocument.Parse(await TextAsync(server, "/openapi/v1.json")).RootElement;
        Assert.Equal(["/health/live", "/health/ready", "/indices-list", "/knn-service", "/metrics", "/v1/embeddings",
            "/v1/models", "/v1/pictures", "/v1/pictures/{id}", "/v1/pictures/{id}/image", "/v1/search", "/v1/zero-shot"],
            document.GetProperty("paths").EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        var schemas = document.GetProperty("components").GetProperty("schemas");
        var input = schemas.GetProperty("EmbeddingInput");
        Assert.Equal(6, input.GetProperty("oneOf").GetArrayLength());
        Assert.False(input.TryGetProperty("properties", out _));
        Assert.Equal(["dimensions", "encoding_format", "input", "model", "user"], schemas.GetProperty("EmbeddingsRequest")
            .GetProperty("properties").EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/nothing", 404, "There is no such route here.")]
    [InlineData("/v1/embeddings", 405, "The route is there, but not for this method; the header Allow names those it takes.")]
    public async Task Other_routes_and_methods_are_problems_in_words_too(string route, int status, string words)
    {
        await using var server = await RunningServer.StartAsync();
        using var reply = await server.Client.GetAsync(new Uri(route, UriKind.Relative), Now);
        Assert.Equal((status, words), await RunningServer.ProblemAsync(reply));
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningServer server, string route)
    {
        using var reply = await server.Client.GetAsync(new Uri(route, UriKind.Relative), Now);
        return reply.StatusCode;
    }

    private static Task<string> TextAsync(RunningServer server, string route) =>
        server.Client.GetStringAsync(new Uri(route, UriKind.Relative), Now);
}
