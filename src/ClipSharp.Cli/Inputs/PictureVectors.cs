namespace ClipSharp.Cli.Inputs;

/// <summary>Encodes picture files a batch at a time; one that cannot be used costs only itself.</summary>
internal static class PictureVectors
{
    /// <summary>The vectors in the order of the files, some at a time.</summary>
    /// <param name="clip">The model.</param>
    /// <param name="files">Paths.</param>
    /// <param name="refuse">Told of each picture that cannot be used.</param>
    /// <param name="cancel">Stops between two batches.</param>
    public static IEnumerable<(IReadOnlyList<string> Files, Embeddings Vectors)> Encode(
        Clip clip, IReadOnlyList<string> files, Action<ClipException> refuse, CancellationToken cancel) =>
        Each(files, clip.BatchSize, clip.EncodeImages, refuse, cancel);

    /// <summary>The same of whatever is made of pictures.</summary>
    /// <param name="files">Paths.</param>
    /// <param name="batchSize">How many at once.</param>
    /// <param name="encode">Makes it of some files; refuses them all where one cannot be used.</param>
    /// <param name="refuse">Told of each picture that cannot be used.</param>
    /// <param name="cancel">Stops between two batches.</param>
    public static IEnumerable<(IReadOnlyList<string> Files, T Made)> Each<T>(IReadOnlyList<string> files, int batchSize,
        Func<IReadOnlyList<string>, T> encode, Action<ClipException> refuse, CancellationToken cancel)
        where T : class
    {
        foreach (var batch in files.Chunk(batchSize))
        {
            cancel.ThrowIfCancellationRequested();
            if (Try(encode, batch, out var fault) is { } made)
            {
                yield return (batch, made);
                continue;
            }

            if (batch.Length == 1)
            {
                refuse(fault!);
                continue;
            }

            foreach (var file in batch)
            {
                if (Try(encode, [file], out fault) is { } single)
                {
                    yield return ([file], single);
                }
                else
                {
                    refuse(fault!);
                }
            }
        }
    }

    private static T? Try<T>(Func<IReadOnlyList<string>, T> encode, string[] files, out ClipException? fault)
        where T : class
    {
        try
        {
            fault = null;
            return encode(files);
        }
        catch (ClipException e)
        {
            fault = e;
            return null;
        }
    }
}
