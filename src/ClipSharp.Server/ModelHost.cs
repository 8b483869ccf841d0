using ClipSharp.Server.Telemetry;

namespace ClipSharp.Server;

/// <summary>Loads the models beside the start of the application, and lets requests under way end before the application does. A
/// model that cannot be used ends the application.</summary>
internal sealed class ModelHost(ServedModels models, IHostApplicationLifetime lifetime, TimeProvider clock,
    ILogger<ModelHost> log) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(Drain);
        foreach (var served in models.All)
        {
            _ = LoadAsync(served);
        }

        return Task.CompletedTask;
    }

    /// <summary>Before the listening ends: whoever comes now is told to go elsewhere, whoever is here gets an answer.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        Drain();
        return Task.WhenAll(models.All.Select(served => EmptyAsync(served, cancellationToken)));
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Drain()
    {
        foreach (var served in models.All)
        {
            served.Drain();
        }
    }

    private async Task EmptyAsync(ServedModel served, CancellationToken cancel)
    {
        try
        {
            await served.Room.Empty().WaitAsync(served.Options.Limits.DrainTime, clock, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            log.NotDrained(served.Room.Requests);
        }

        served.End();
    }

    private async Task LoadAsync(ServedModel served)
    {
        try
        {
            await served.Load().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // whatever it is ends the application, which tells it
        catch (Exception fault)
#pragma warning restore CA1031
        {
            if (!served.IsDraining)
            {
                log.NotLoaded(fault);
            }

            lifetime.ApplicationStarted.Register(lifetime.StopApplication); // a start that is cut short would hide the fault
        }
    }
}
