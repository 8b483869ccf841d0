using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Data.Sets;

namespace ClipSharp.Data.Batches;

/// <summary>How batches are made ready.</summary>
public sealed record BatchLoaderOptions
{
    /// <summary>Threads that decode, change and tokenize. They decide nothing: one or eight give the same bytes.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>The first step k.</summary>
    public long StartStep { get; init; }

    /// <summary>One past the last step that will be wanted: what comes after it is neither read nor fetched ahead.</summary>
    public long EndStep { get; init; } = long.MaxValue;

    /// <summary>This process among <see cref="WorldSize"/>, from 0; it gets its part of each batch.</summary>
    public int Rank { get; init; }

    /// <summary>Processes that share each batch; divides the batch size.</summary>
    public int WorldSize { get; init; } = 1;

    /// <summary>Those of them on this machine, which share its cache of shards.</summary>
    public int LocalSize { get; init; } = 1;

    /// <summary>Bytes of decoded pictures that stay in memory, for sets that are read hundreds of times; 0 = none.</summary>
    public long CacheDecodedBytes { get; init; }

    /// <summary>Bytes of shards that are read ahead of their turn at most, where the plan has an order of shards.</summary>
    public long ReadAheadBytes { get; init; } = 1L << 30;

    /// <summary>How captions vary, or null for not at all.</summary>
    public CaptionTransform? Captions { get; init; }

    /// <summary>How much this process may leave out before <see cref="BatchLoader.Next"/> refuses to go on; null = all.</summary>
    public SkipLimit? SkipLimit { get; init; }

    /// <summary>Told at once of each picture that is left out, by its sample's number, on a thread that reads.</summary>
    internal Action<long, Skip>? OnSkip { get; init; }

    /// <summary>What is too large a picture, and what to do where a disk fails.</summary>
    public PictureOptions Pictures { get; init; } = PictureOptions.Default;
}
