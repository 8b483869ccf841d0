using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ClipSharp.Server.Tests;

/// <summary>Two models in one application, each with services, options, limits, key and routes of its own.</summary>
public sealed class TwoModelsTests
{
    private const int SmallWidth = 8, LargeWidth = 32;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_prefix_answers_with_its_own_model_and_options()
    {
        await using var server = await StartAsync();
        foreach (var (name, width) in new[] { ("small", SmallWidth), ("large", LargeWidth) })
        {
            var reply = await server.AnswerAsync($"/{name}/v1/embeddings", """{"input": "x"}""");
            Assert.Equal(width, RunningServer.Vectors(reply)[0].Length);
            Assert.Equal($"clip-{name}", reply.GetProperty("model").GetString());
        }

        const string two = """{"input": ["x", "y"]}""";
        Assert.Equal((400, "texts in input: found 2, at most 1 are taken."), // its section says so
            await server.ProblemAsync("/small/v1/embeddings", two));
        await server.AnswerAsync("/large/v1/embeddings", two);
        using var none = await server.Client.GetAsync(new Uri("/v1/models", UriKind.Relative), Now);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task A_key_of_one_is_not_asked_for_by_the_other()
    {
        await using var server = await StartAsync(options => options.ApiKey = "secret");
        using var small = await server.PostAsync("/small/v1/embeddings", """{"input": "x"}""");
        Assert.Equal(HttpStatusCode.Unauthorized, small.StatusCode);
        await server.AnswerAsync("/large/v1/embeddings", """{"input": "x"}""");
    }

    [Fact]
    public async Task The_applications_own_routes_take_each_by_its_name()
    {
        await using var server = await StartAsync();
        foreach (var (name, width) in new[] { ("small", SmallWidth), ("large", LargeWidth) })
        {
            Assert.Equal($"{width} clip-{name}",
                await server.Client.GetStringAsync(new Uri($"/own/{name}", UriKind.Relative), Now));
        }
    }

    [Fact]
    public async Task Figures_and_health_checks_tell_them_apart()
    {
        await using var server = await StartAsync();
        await server.AnswerAsync("/small/v1/embeddings", """{"input": "x"}""");
        var page = await server.Client.GetStringAsync(new Uri("/large/metrics", UriKind.Relative), Now);
        const string count = "clipsharp_request_duration_seconds_count";
        Assert.Contains(count + "{model=\"small\",route=\"/small/v1/embeddings\",status=\"200\"} 1\n", page,
            StringComparison.Ordinal);
        Assert.Contains("\nclipsharp_ready{model=\"small\"} 1\n", page, StringComparison.Ordinal);
        Assert.Contains("\nclipsharp_ready{model=\"large\"} 1\n", page, StringComparison.Ordinal);
        Assert.Equal("Healthy", await server.Client.GetStringAsync(new Uri("/healthz", UriKind.Relative), Now));
    }

    [Fact]
    public async Task One_that_is_still_loaded_is_unhealthy_alone()
    {
        using var loaded = new ManualResetEventSlim();
        await using var server = await StartAsync(waitFor: loaded);
        using (var check = await server.Client.GetAsync(new Uri("/healthz", UriKind.Relative), Now))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, check.StatusCode);
        }

        Assert.Equal(503, (await server.ProblemAsync("/small/v1/embeddings", """{"input": "x"}""")).Status);
        await server.AnswerAsync("/large/v1/embeddings", """{"input": "x"}""");
        var waiting = server.Client.GetStringAsync(new Uri("/own/small", UriKind.Relative), Now);
        loaded.Set();
        Assert.Equal("8 clip-small", await waiting); // an own route waits for its model
    }

    [Fact]
    public void Two_of_one_name_and_the_name_of_an_option_are_refused()
    {
        var services = new ServiceCollection();
        services.AddClipSharp("small", _ => throw new InvalidOperationException());
        Assert.Throws<InvalidOperationException>(
            () => services.AddClipSharp("small", _ => throw new InvalidOperationException()));
        services.AddClipSharp(_ => throw new InvalidOperationException());
        Assert.Throws<InvalidOperationException>(() => services.AddClipSharp(_ => throw new InvalidOperationException()));
        Assert.Throws<ArgumentException>(() => services.AddClipSharp("limits", _ => throw new InvalidOperationException()));
    }

    private static async Task<RunningServer> StartAsync(
        Action<ServerOptions>? small = null, ManualResetEventSlim? waitFor = null)
    {
        var server = await RunningServer.StartAsync(builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ClipSharp:small:ModelName"] = "clip-small",
                ["ClipSharp:small:Limits:Texts"] = "1",
                ["ClipSharp:large:Model"] = "models/clip-large",
            });
            builder.Services.AddClipSharp("small", _ =>
            {
                waitFor?.Wait();
                return RunningServer.Fake(new FakeEncoder(SmallWidth));
            }, small);
            builder.Services.AddClipSharp("large", _ => RunningServer.Fake(new FakeEncoder(LargeWidth)));
        }, app =>
        {
            app.MapGroup("/small").MapClipSharp("small");
            app.MapGroup("/large").MapClipSharp("large");
            app.MapHealthChecks("/healthz");
            app.MapGet("/own/small", ([FromKeyedServices("small")] Clip clip,
                [FromKeyedServices("small")] IEmbeddingGenerator<string, Embedding<float>> texts) => Told(clip, texts));
            app.MapGet("/own/large", ([FromKeyedServices("large")] Clip clip,
                [FromKeyedServices("large")] IEmbeddingGenerator<DataContent, Embedding<float>> pictures) =>
                    Told(clip, pictures));
        });
        await server.Services.GetRequiredKeyedService<ServedModel>("large").Ready.WaitAsync(Now);
        if (waitFor is null)
        {
            await server.Services.GetRequiredKeyedService<ServedModel>("small").Ready.WaitAsync(Now);
        }

        return server;
    }

    private static string Told(Clip clip, IEmbeddingGenerator generator)
    {
        Assert.Same(clip, generator.GetService(typeof(Clip)));
        return $"{clip.Encoder.EmbedDim} {generator.GetService<EmbeddingGeneratorMetadata>()?.DefaultModelId}";
    }
}
