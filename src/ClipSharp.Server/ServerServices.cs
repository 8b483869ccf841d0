using ClipSharp.Server.Endpoints;
using ClipSharp.Server.Limits;
using ClipSharp.Server.Requests;
using ClipSharp.Server.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ClipSharp.Server;

/// <summary>The services behind <see cref="ServerRoutes.MapClipSharp"/>.</summary>
public static class ServerServices
{
    /// <summary>Adds a model that is served over HTTP: loaded once, beside the start of the application, and computed with before
    /// <c>/health/ready</c> says so. Options are bound from the section "ClipSharp" of the configuration. Of the application's
    /// own settings two are changed: Kestrel takes as many connections as the limits say, and the end waits for requests under
    /// way.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="load">Loads the model that the options name, such as <c>options =&gt;
    /// TorchClip.Load(options.Model)</c>.</param>
    /// <param name="configure">Changes the options after they were bound, or null.</param>
    public static IServiceCollection AddClipSharp(this IServiceCollection services, Func<ServerOptions, Clip> load,
        Action<ServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(load);
        services.AddOptions<ServerOptions>().BindConfiguration(ServerOptions.Section)
            .Configure(options => configure?.Invoke(options))
            .PostConfigure(options => options.Limits.Validated());
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<ServerOptions>>((kestrel, options) =>
        {
            kestrel.Limits.MaxConcurrentConnections = options.Value.Limits.Connections;
            kestrel.AddServerHeader = false;
        });
        services.AddOptions<HostOptions>().Configure<IOptions<ServerOptions>>((host, options) =>
            host.ShutdownTimeout = options.Value.Limits.DrainTime + TimeSpan.FromSeconds(1));
        services.AddRouting();
        services.AddMetrics();
        services.AddProblemDetails();
        services.AddOpenApi(document => document.AddSchemaTransformer(OpenApiShapes.Describe));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(load);
        services.AddSingleton(_ => new ServedModel());
        services.AddSingleton(provider => new Admission(provider.GetRequiredService<IOptions<ServerOptions>>().Value.Limits));
        services.AddSingleton<RequestBody>();
        services.AddSingleton<ClassifierStore>();
        services.AddSingleton<IndexSearch>();
        services.AddSingleton<ServerMeter>();
        services.AddSingleton<PrometheusText>();
        services.AddHostedService<ModelHost>();
        return services;
    }
}
