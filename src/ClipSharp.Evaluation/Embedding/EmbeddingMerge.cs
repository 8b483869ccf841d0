using ClipSharp.Data.Index;
using ClipSharp.Files;
using ClipSharp.Parts;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Embedding;

/// <summary>Checks what the parts of a job made, and joins their ledgers. Vectors stay where they are.</summary>
internal static class EmbeddingMerge
{
    /// <summary>Merges.</summary>
    /// <param name="folder">The folder of vectors.</param>
    /// <param name="parts">What the parts keep there.</param>
    /// <param name="expected">What the vectors depend on.</param>
    /// <param name="count">Shards of the whole job.</param>
    /// <param name="shardOf">A shard's number as its files have it, and its items.</param>
    /// <returns>All shards.</returns>
    /// <exception cref="ClipException">Something is missing or does not fit.</exception>
    public static List<EmbeddingManifest.Shard> Run(string folder, PartFolder parts, EmbeddingManifest expected, int count,
        Func<int, (string Number, int Items)> shardOf)
    {
        var shards = new Dictionary<WorkPart, List<EmbeddingManifest.Shard>>();
        foreach (var part in parts.Parts)
        {
            if (EmbeddingManifest.Find(parts.Of(part)) is { } there)
            {
                expected.RequireSame(there, parts.Of(part));
                shards[part] = there.Shards;
            }
        }

        var all = parts.RequireAll(part => shards.TryGetValue(part, out var made)
            && part.Of(count) is var (first, end) && made.Count == end - first);
        List<EmbeddingManifest.Shard> merged = [.. all.SelectMany(part => shards[part])];
        foreach (var (shard, made) in merged.Index())
        {
            var (number, items) = shardOf(shard);
            RequireWhole(folder, expected.Content, number, made, items);
        }

        string[] ledgers = [.. all.Select(part => Path.Combine(parts.Of(part), LeftOutFile.FileName)).Where(File.Exists)];
        if (ledgers.Length > 0)
        {
            AtomicFile.Write(Path.Combine(folder, LeftOutFile.FileName), stream =>
            {
                foreach (var ledger in ledgers)
                {
                    using var lines = File.OpenRead(ledger);
                    lines.CopyTo(stream);
                }
            });
        }

        return merged;
    }

    // An item is a row of every file, or a line of the ledger.
    private static void RequireWhole(string folder, string content, string number, EmbeddingManifest.Shard made, int items)
    {
        if (made.Rows + made.Skipped != items)
        {
            throw Unfit(Path.Combine(folder, EmbeddingManifest.FileName), $"{made.Rows} rows and {made.Skipped} left out",
                $"{items} items in shard {number}");
        }

        if (content != "texts")
        {
            RequireVectors(EmbeddingManifest.ImagesOf(folder, number), made.Rows);
        }

        if (content != "images")
        {
            RequireVectors(EmbeddingManifest.TextsOf(folder, number), made.Rows);
        }

        var table = EmbeddingManifest.MetadataOf(folder, number);
        var rows = Read(table, () => MetadataTable.RowsOf(table).GetAwaiter().GetResult());
        if (rows != made.Rows)
        {
            throw Unfit(table, $"{rows} rows", $"{made.Rows}");
        }
    }

    private static void RequireVectors(string path, int rows)
    {
        var (shape, length, expected) = Read(path, () =>
        {
            using var file = File.OpenRead(path);
            var head = new byte[(int)Math.Min(Npy.LongestHeader, file.Length)];
            file.ReadExactly(head);
            var (type, shape, _, start) = Npy.ParseHeader(head, path);
            return (shape, file.Length, start + (shape.Aggregate(1L, (all, side) => all * side) * type.Size()));
        });
        if (shape.Length != 2 || shape[0] != rows || length != expected)
        {
            throw Unfit(path, $"{string.Join(" x ", shape)} numbers in {length} bytes", $"{rows} rows");
        }
    }

    private static T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not ClipException) // a damaged table ends in many kinds
        {
            throw Unfit(path, e.Message, "what its part wrote");
        }
    }

    private static ClipException Unfit(string where, string found, string expected) => new(ClipError.Data,
        "The parts do not fit together", where, found, expected,
        "Remove the part's folder in parts, run the part again, then merge.");
}
