using ClipSharp.Search.Collections;
namespace ClipSharp.Search.VectorFiles;

/// <summary>What brings an index in line with what was named: pictures or vectors. It holds the index until it is
/// disposed.</summary>
internal interface IIndexChange : IDisposable
{
    /// <summary>The model of the index as a person named it; null where the index is new.</summary>
    string? Model { get; }

    /// <summary>What computed its vectors; null where the index is new.</summary>
    string? Engine { get; }

    /// <summary>What is new or may have changed; without any, no model is needed.</summary>
    long Candidates { get; }

    /// <summary>Remarks about what was named.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Does it.</summary>
    UpdateSummary Run(Clip? clip, string modelName, IProgress<long>? progress, CancellationToken cancel);
}
