using ClipSharp.Search.Graphs;

namespace ClipSharp.Search.Tests.Graphs;

/// <summary>Whether graphs can be tried here.</summary>
internal static class GraphLibrary
{
    private static readonly string? Missing = Try();

    /// <summary>Skips a test where USearch has no build.</summary>
    public static void SkipIfAbsent() => Assert.SkipWhen(Missing is not null, Missing ?? "");

    private static string? Try()
    {
        try
        {
            NeighborGraph.Create(8).Dispose();
            return null;
        }
        catch (ClipException e) when (e.Kind == ClipError.Unavailable)
        {
            return e.Message;
        }
    }
}
