namespace ClipSharp.Search.Graphs;

/// <summary>The graph of an index.</summary>
/// <param name="Pictures">Pictures in it that are of the index.</param>
/// <param name="Added">How many of them this run added; 0 where it was up to date.</param>
/// <param name="Bytes">Its file.</param>
/// <param name="Recall">Of the 10 best pictures by exact search the share that the graph finds, 0 to 1, as it was measured when
/// it was built.</param>
/// <param name="Queries">With how many pictures of the index as queries, evenly over it, each left out of what it
/// finds.</param>
/// <param name="Candidates">How many pictures the graph proposes a query; the exact scores of these rank them.</param>
public sealed record GraphSummary(long Pictures, long Added, long Bytes, double Recall, int Queries, int Candidates)
{
    /// <summary>Whether it knows every picture of the index; those that it does not know are all compared with a
    /// query.</summary>
    public bool IsWhole { get; init; } = true;
}
