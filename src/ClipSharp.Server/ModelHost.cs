using ClipSharp.Images;
using ClipSharp.Search.Collections;
using ClipSharp.Server.Limits;
using ClipSharp.Server.Telemetry;
using Microsoft.Extensions.Options;

namespace ClipSharp.Server;

/// <summary>Loads the model beside the start of the application, and lets requests under way end before the application does. A
/// model that cannot be used ends the application.</summary>
internal sealed class ModelHost(ServedModel served, Admission room, Func<ServerOptions, Clip> load,
    IOptions<ServerOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<ModelHost> log)
    : IHostedLifecycleService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(served.Drain);
        _ = Task.Run(LoadAsync, CancellationToken.None); // libtorch's loading cannot be stopped
        return Task.CompletedTask;
    }

    /// <summary>Before the listening ends: whoever comes now is told to go elsewhere, whoever is here gets an answer.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        served.Drain();
        try
        {
            await room.Empty().WaitAsync(options.Value.Limits.DrainTime, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            log.NotDrained(room.Requests);
        }

        served.End();
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task LoadAsync()
    {
        Clip? clip = null;
        IPictureStore? store = null;
        try
        {
            var (wanted, limits) = (options.Value, options.Value.Limits);
            clip = load(wanted);
            clip.Pictures = clip.Pictures with
            {
                Limits = clip.Pictures.Limits with { MaxPixels = Math.Min(limits.PicturePixels, clip.Pictures.Limits.MaxPixels) },
            };
            store = wanted.OpenStore(wanted);
            store?.RequireModel(clip);

            var hasTexts = HasTokenizer(clip);
            await WarmUpAsync(clip, hasTexts).ConfigureAwait(false);
            served.Serve(clip, store, hasTexts);
        }
#pragma warning disable CA1031 // whatever it is ends the application, which tells it
        catch (Exception fault)
#pragma warning restore CA1031
        {
            store?.Dispose();
            clip?.Dispose();
            served.Fail(fault);
            log.NotLoaded(fault);
            lifetime.ApplicationStarted.Register(lifetime.StopApplication); // a start that is cut short would hide the fault
        }
    }

    // The first forward makes memory and plans, for which no caller should wait.
    private static async Task WarmUpAsync(Clip clip, bool hasTexts)
    {
        var size = clip.Preprocessor.Size;
        await clip.Encoder.EncodeImagesAsync(new PixelBatch(new byte[3 * size * size], size)).ConfigureAwait(false);
        if (hasTexts)
        {
            await clip.EncodeTextsAsync(["a picture"]).ConfigureAwait(false);
        }
    }

    private static bool HasTokenizer(Clip clip)
    {
        try
        {
            return clip.Tokenizer is not null;
        }
        catch (ClipException e) when (e.Kind == ClipError.NoInput)
        {
            return false;
        }
    }
}
