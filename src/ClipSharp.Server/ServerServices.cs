using ClipSharp.Extensions.AI;
using ClipSharp.Server.Endpoints;
using ClipSharp.Server.Requests;
using ClipSharp.Server.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace ClipSharp.Server;

/// <summary>The services behind <see cref="ServerRoutes.MapClipSharp"/>.</summary>
public static class ServerServices
{
    private const string ReadyTag = "ready";

    /// <summary>Adds a model that is served over HTTP: loaded once, beside the start of the application, and computed with before
    /// <c>/health/ready</c> says so. For the application's own routes it is there as <see cref="Clip"/> and as generator of
    /// embeddings for texts and for pictures; whoever asks for these before it is loaded waits for it. It is among the
    /// application's health checks as "clipsharp", with the tag "ready". Options are bound from the section "ClipSharp" of the
    /// configuration. Of the application's own settings two are changed: Kestrel takes as many connections as the limits say,
    /// and the end waits for requests under way.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="load">Loads the model that the options name, such as <c>options =&gt;
    /// TorchClip.Load(options.Model)</c>.</param>
    /// <param name="configure">Changes the options after they were bound, or null.</param>
    /// <exception cref="InvalidOperationException">There is one without a name already.</exception>
    public static IServiceCollection AddClipSharp(this IServiceCollection services, Func<ServerOptions, Clip> load,
        Action<ServerOptions>? configure = null) => Add(services, null, load, configure);

    /// <summary>Adds one model of several: its services bear its name as key, its options are bound from the section
    /// "ClipSharp:NAME", its health check is "clipsharp-NAME", and <c>app.MapGroup("/NAME").MapClipSharp("NAME")</c> maps its
    /// routes. Each has limits, a key and an index of its own; of the times and connections that the process has once the
    /// largest hold.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The model's name here.</param>
    /// <param name="load">Loads the model that the options name.</param>
    /// <param name="configure">Changes the options after they were bound, or null.</param>
    /// <exception cref="ArgumentException">The name is that of an option, whose section would be two things.</exception>
    /// <exception cref="InvalidOperationException">There is one of this name already.</exception>
    public static IServiceCollection AddClipSharp(this IServiceCollection services, string name,
        Func<ServerOptions, Clip> load, Action<ServerOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return typeof(ServerOptions).GetProperties().Any(option => name.Equals(option.Name, StringComparison.OrdinalIgnoreCase))
            ? throw new ArgumentException($"{ServerOptions.Section}:{name} is an option, not the section of a model.", nameof(name))
            : Add(services, name, load, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string? name, Func<ServerOptions, Clip> load,
        Action<ServerOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(load);
        if (services.Any(service => service.ImplementationInstance is ServedName other && other.Name == name))
        {
            throw new InvalidOperationException($"There is a model {name ?? "without a name"} already: name each of several.");
        }

        services.AddSingleton(new ServedName(name));
        services.AddOptions<ServerOptions>(name)
            .BindConfiguration(name is null ? ServerOptions.Section : $"{ServerOptions.Section}:{name}")
            .Configure(options => configure?.Invoke(options))
            .PostConfigure(options => options.Limits.Validated());
        services.AddKeyedSingleton(name, (provider, _) => new ServedModel(name,
            provider.GetRequiredService<IOptionsMonitor<ServerOptions>>().Get(name), load));
        services.AddKeyedClipEmbeddings(name, provider =>
        {
            var served = provider.GetRequiredKeyedService<ServedModel>(name);
            return new ClipEmbeddingGenerator(served.WaitForClip(), served.Options.ShownName);
        });
        services.AddHealthChecks().Add(new HealthCheckRegistration(name is null ? "clipsharp" : $"clipsharp-{name}",
            provider => new ModelHealth(provider.GetRequiredKeyedService<ServedModel>(name)), null, [ReadyTag]));
        return AddOnce(services);
    }

    // What the process has once, however many models.
    private static IServiceCollection AddOnce(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(ServedModels)))
        {
            return services;
        }

        services.AddSingleton<ServedModels>();
        services.AddOptions<KestrelServerOptions>().Configure<ServedModels>((kestrel, models) =>
        {
            kestrel.Limits.MaxConcurrentConnections = models.All.Max(served => served.Options.Limits.Connections);
            kestrel.AddServerHeader = false;
        });
        services.AddOptions<HostOptions>().Configure<ServedModels>((host, models) =>
            host.ShutdownTimeout = models.All.Max(served => served.Options.Limits.DrainTime) + TimeSpan.FromSeconds(1));
        services.AddRouting();
        services.AddMetrics();
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = Problems.Complete);
        services.AddOpenApi(document => document.AddSchemaTransformer(OpenApiShapes.Describe));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IndexSearch>();
        services.AddSingleton<ServerMeter>();
        services.AddSingleton<PrometheusText>();
        services.AddHostedService<ModelHost>();
        return services;
    }
}
