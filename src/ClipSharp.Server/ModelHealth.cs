using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ClipSharp.Server;

/// <summary>A model among the health checks of its application.</summary>
internal sealed class ModelHealth(ServedModel served) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(served.IsReady ? HealthCheckResult.Healthy("The model answers.")
            : new HealthCheckResult(context.Registration.FailureStatus, served.IsDraining ? ServedModel.Ending
                : served.Ready.IsFaulted ? "The model cannot be served; the log says why." : "The model is being loaded."));
}
