using ClipSharp.Images;
using ClipSharp.Search.Collections;
using ClipSharp.ZeroShot;

namespace ClipSharp.Server;

/// <summary>A model and what is served with it, all of which has proved fit.</summary>
internal sealed record LoadedModel(Clip Clip, IPictureStore? Store, bool HasTexts,
    IReadOnlyDictionary<string, ZeroShotClassifier> Classifiers) : IDisposable
{
    /// <summary>Loads what the options name.</summary>
    /// <exception cref="ClipException">The model cannot compute, or the index or a classifier is of another.</exception>
    public static async Task<LoadedModel> LoadAsync(ServerOptions options, Func<ServerOptions, Clip> load)
    {
        var clip = load(options);
        IPictureStore? store = null;
        try
        {
            clip.Pictures = clip.Pictures with
            {
                Limits = clip.Pictures.Limits with
                {
                    MaxPixels = Math.Min(options.Limits.PicturePixels, clip.Pictures.Limits.MaxPixels),
                },
            };
            store = options.OpenStore(options);
            store?.RequireModel(clip);

            var classifiers = options.Classifiers.ToDictionary(named => named.Key,
                named => ClassifierFile.Read(named.Value, clip));
            var hasTexts = HasTokenizer(clip);
            await WarmUpAsync(clip, hasTexts).ConfigureAwait(false);
            return new LoadedModel(clip, store, hasTexts, classifiers);
        }
        catch
        {
            store?.Dispose();
            clip.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Store?.Dispose();
        Clip.Dispose();
    }

    // The first forward makes memory and plans, for which no caller should wait.
    private static async Task WarmUpAsync(Clip clip, bool hasTexts)
    {
        var size = clip.Preprocessor.Size;
        await clip.Encoder.EncodeImagesAsync(new PixelBatch(new byte[3 * size.Area], size)).ConfigureAwait(false);
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
