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
        Clip clip, IReadOnlyList<string> files, Action<ClipException> refuse, CancellationToken cancel)
    {
        foreach (var batch in files.Chunk(clip.BatchSize))
        {
            cancel.ThrowIfCancellationRequested();
            if (TryEncode(clip, batch, out var vectors, out var fault))
            {
                yield return (batch, vectors!);
                continue;
            }

            if (batch.Length == 1)
            {
                refuse(fault!);
                continue;
            }

            foreach (var file in batch)
            {
                if (TryEncode(clip, [file], out vectors, out fault))
                {
                    yield return ([file], vectors!);
                }
                else
                {
                    refuse(fault!);
                }
            }
        }
    }

    private static bool TryEncode(Clip clip, string[] files, out Embeddings? vectors, out ClipException? fault)
    {
        try
        {
            (vectors, fault) = (clip.EncodeImages(files), null);
            return true;
        }
        catch (ClipException e)
        {
            (vectors, fault) = (null, e);
            return false;
        }
    }
}
