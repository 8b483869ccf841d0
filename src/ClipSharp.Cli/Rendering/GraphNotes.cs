using System.Diagnostics;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.Search.Graphs;
using static System.FormattableString;

namespace ClipSharp.Cli.Rendering;

/// <summary>Builds the graph of an index where it is asked for, and says what it is worth.</summary>
internal static class GraphNotes
{
    /// <summary>Builds it, or says that the one that is there is of fewer pictures.</summary>
    public static void Tell(string root, bool isAskedFor, Output output, CancellationToken cancel)
    {
        if (!isAskedFor)
        {
            if (GraphBuild.Find(root) is { IsWhole: false } there)
            {
                output.Note(Invariant($"graph: of {there.Pictures:N0} of the images, the rest are all compared; ")
                    + "--ann adds them");
            }

            return;
        }

        var start = Stopwatch.GetTimestamp();
        ProgressLine? progress = null;
        GraphSummary made;
        try
        {
            made = GraphBuild.Run(root, added => progress = output.Progress("Linking", "images", added), cancel);
        }
        finally
        {
            progress?.Dispose();
        }

        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        output.Note(Invariant($"graph: {made.Pictures:N0} images, {made.Added:N0} added in {seconds:0.0} s, ")
            + Invariant($"{made.Bytes / 1e6:N1} MB"));
        output.Note(Invariant($"graph: finds {made.Recall:P1} of the 10 best of exact search, by {made.Queries:N0} of the ")
            + Invariant($"images as queries, with {made.Candidates:N0} candidates each"));
    }
}
