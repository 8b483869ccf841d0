using ClipSharp.Search.Queries;

namespace ClipSharp.Search.Collections;

/// <summary>How many pictures are wanted, and which.</summary>
/// <param name="Top">How many, 1 or more; fewer come where there are no more.</param>
/// <param name="Skip">How many of the best are passed over: those of the pages before.</param>
/// <param name="Least">Pictures that score less are not found.</param>
/// <param name="Filters">What a picture must fit, all of them; null = nothing.</param>
public sealed record PictureSelection(int Top, int Skip = 0, float Least = float.NegativeInfinity,
    IReadOnlyList<PictureFilter>? Filters = null);
