using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ClipSharp.Images;
using ClipSharp.Server.Page;
using ClipSharp.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClipSharp.Server.Tests;

/// <summary>A real server on a free port of this machine, as an application has it, and a caller of it.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningServer(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.Single());
        Client = new HttpClient { BaseAddress = Address, Timeout = Timeout.InfiniteTimeSpan };
    }

    public static BpeTokenizer Tokenizer { get; } = BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"));

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public ServedModel Served => _app.Services.GetRequiredService<ServedModel>();

    public IHostApplicationLifetime Lifetime => _app.Lifetime;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    /// <summary>Starts it.</summary>
    /// <param name="load">The model; null = one without an engine.</param>
    /// <param name="configure">The options.</param>
    /// <param name="waits">Whether until it is ready.</param>
    public static async Task<RunningServer> StartAsync(Func<Clip>? load = null, Action<ServerOptions>? configure = null,
        bool waits = true)
    {
        var server = await StartAsync(builder => builder.Services.AddClipSharp(_ => load?.Invoke() ?? Fake(new FakeEncoder()),
            options =>
            {
                options.Model = "models/tiny";
                configure?.Invoke(options);
            }), app =>
            {
                app.MapClipSharp();
                app.MapClipSharpPage();
            });
        if (waits)
        {
            await server.Served.Ready.WaitAsync(Now);
        }

        return server;
    }

    /// <summary>Starts an application.</summary>
    /// <param name="add">Its services.</param>
    /// <param name="map">Its routes.</param>
    public static async Task<RunningServer> StartAsync(Action<WebApplicationBuilder> add, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        add(builder);
        var app = builder.Build();
        app.UseStatusCodePages();
        map(app);
        await app.StartAsync(Now);
        return new RunningServer(app);
    }

    /// <summary>A model of 16 pixels with the small vocabulary.</summary>
    public static Clip Fake(IClipEncoder encoder) =>
        new(encoder, Tokenizer, TinyModel.Config, new PreprocessConfig(), () => "fake");

    /// <summary>Posts JSON.</summary>
    public Task<HttpResponseMessage> PostAsync(string route, string json, CancellationToken? cancel = null) =>
        PostAsync(route, Encoding.UTF8.GetBytes(json), "application/json", cancel);

    /// <summary>Posts bytes.</summary>
    public Task<HttpResponseMessage> PostAsync(string route, byte[] body, string type, CancellationToken? cancel = null)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return Client.PostAsync(new Uri(route, UriKind.Relative), content, cancel ?? Now);
    }

    /// <summary>The JSON of a reply that must be well.</summary>
    public async Task<JsonElement> AnswerAsync(string route, string json)
    {
        using var reply = await PostAsync(route, json);
        var text = await reply.Content.ReadAsStringAsync(Now);
        Assert.True(reply.StatusCode == HttpStatusCode.OK, $"{route} {json}: {(int)reply.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The status and words of a reply that must be a problem in words.</summary>
    public static async Task<(int Status, string Detail)> ProblemAsync(HttpResponseMessage reply)
    {
        var text = await reply.Content.ReadAsStringAsync(Now);
        Assert.True(reply.Content.Headers.ContentType?.MediaType == "application/problem+json",
            $"{(int)reply.StatusCode} {reply.Content.Headers.ContentType}: {text}");
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal((int)reply.StatusCode, problem.GetProperty("status").GetInt32());
        return ((int)reply.StatusCode, problem.GetProperty("detail").GetString()!);
    }

    /// <summary>The same of a request.</summary>
    public async Task<(int Status, string Detail)> ProblemAsync(string route, string json)
    {
        using var reply = await PostAsync(route, json);
        return await ProblemAsync(reply);
    }

    /// <summary>The vectors of a reply of /v1/embeddings.</summary>
    public static float[][] Vectors(JsonElement reply) => [.. reply.GetProperty("data").EnumerateArray().Select(data =>
        data.GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle()).ToArray())];

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    /// <summary>Tells it to end, as SIGTERM does.</summary>
    public Task StopAsync() => _app.StopAsync(CancellationToken.None);
}
