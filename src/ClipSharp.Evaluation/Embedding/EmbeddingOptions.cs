using ClipSharp.Parts;

namespace ClipSharp.Evaluation.Embedding;

/// <summary>How vectors are written; the names are clip-retrieval's flags.</summary>
public sealed record EmbeddingOptions
{
    /// <summary>The largest <see cref="WriteBatchSize"/>.</summary>
    public const int MaxWriteBatchSize = 10_000_000;

    /// <summary>The number format of the vectors.</summary>
    public VectorFormat Dtype { get; init; }

    /// <summary>Items a shard of the output, 1 to 10,000,000. Its vectors are held in memory, and an interrupted run begins its
    /// last shard again.</summary>
    public int WriteBatchSize { get; init; } = 100_000;

    /// <summary>Whether the first caption of each picture is encoded too; pictures without one are then left out.</summary>
    public bool EnableText { get; init; }

    /// <summary>Which of the output's shards are made; null = all. Each part is a process; <see cref="EmbeddingJob.Merge"/> ends
    /// them.</summary>
    public WorkPart? Part { get; init; }

    /// <summary>Itself, if every value is in range.</summary>
    /// <exception cref="ClipException">A value is not.</exception>
    public EmbeddingOptions Validated() => WriteBatchSize is >= 1 and <= MaxWriteBatchSize
        ? this
        : throw new ClipException(ClipError.Usage, "The shards of the output cannot have this size", "write_batch_size",
            $"{WriteBatchSize}", $"1 to {MaxWriteBatchSize}", "Choose a size in between.");
}
