namespace ClipSharp.Search.Collections;

/// <summary>What a run made of an index. New, changed, moved, unchanged and left out are all that the sources hold.</summary>
public sealed record UpdateSummary
{
    /// <summary>Pictures of the index now, those of other sources too.</summary>
    public long Pictures { get; init; }

    /// <summary>Pictures in places where there was none; a copy of another was not encoded.</summary>
    public long New { get; init; }

    /// <summary>Pictures whose bytes are others now.</summary>
    public long Changed { get; init; }

    /// <summary>Pictures that lie in another place now; they were not encoded.</summary>
    public long Moved { get; init; }

    /// <summary>Pictures of the same bytes as before, whatever their time or caption.</summary>
    public long Unchanged { get; init; }

    /// <summary>Pictures that are gone.</summary>
    public long Removed { get; init; }

    /// <summary>What has no vector, each with its reason in <c>left-out.jsonl</c>.</summary>
    public long LeftOut { get; init; }
}
