namespace ClipSharp.Training.Memory;

/// <summary>What one part of a tower's chain holds in memory; bytes for each row but for the last two.</summary>
/// <param name="Input">The state that enters. The graph keeps it, and so does checkpointing.</param>
/// <param name="Graph">What autograd keeps of the part from forward to backward besides the input.</param>
/// <param name="Forward">What lives besides on the way forward: the output, and intermediate results until their scope ends.</param>
/// <param name="Alone">What lives besides the input while the part runs without a graph.</param>
/// <param name="Backward">The most that lives besides the graph while backward goes through the part, what it has let go taken off.</param>
/// <param name="Casts">The part's matrices in 16 bits, which autocast makes once and the graph keeps.</param>
/// <param name="WeightGradient">The largest gradient of a weight before it is added to the one that is kept.</param>
internal readonly record struct TowerPart(
    long Input, long Graph, long Forward, long Alone, long Backward, long Casts = 0, long WeightGradient = 0);

/// <summary>What a tower's pass takes.</summary>
/// <param name="Kept">Bytes from forward to backward.</param>
/// <param name="Forward">Most bytes on the way forward, <paramref name="Kept"/> included.</param>
/// <param name="Backward">Most bytes on the way back, <paramref name="Kept"/> included.</param>
internal readonly record struct PassMemory(long Kept, long Forward, long Backward);

/// <summary>The passes of <see cref="Passes"/>, in bytes.</summary>
internal static class PassMemories
{
    /// <summary>The pass that a run's options ask for (as <see cref="Passes.TowerPasses"/> chooses it).</summary>
    public static PassMemory Of(IReadOnlyList<TowerPart> parts, TrainOptions options)
    {
        var isCached = options.MicroBatch is { } micro && micro < options.BatchSize;
        var rows = isCached ? options.MicroBatch!.Value : options.BatchSize;
        var pass = options.GradCheckpointing ? Checkpointed(parts, rows) : Whole(parts, rows);
        return isCached ? Cached(parts, rows, pass) : pass;
    }

    // The graph grows part by part, and is let go part by part on the way back.
    private static PassMemory Whole(IReadOnlyList<TowerPart> parts, long rows)
    {
        long kept = 0, forward = 0, backward = 0;
        foreach (var part in parts)
        {
            kept += (rows * (part.Input + part.Graph)) + part.Casts;
            forward = Math.Max(forward, kept + (rows * part.Forward));
            backward = Math.Max(backward, kept + (rows * part.Backward) + part.WeightGradient);
        }

        return new PassMemory(kept, forward, backward);
    }

    // Inputs of parts are kept; on the way back one part's graph beside them, with its output and the gradient from above, which are held
    // until the part is done. Autocast's copies live through the forward pass only.
    private static PassMemory Checkpointed(IReadOnlyList<TowerPart> parts, long rows)
    {
        long kept = 0, casts = 0, forward = 0, backward = 0;
        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts[i];
            var output = i + 1 < parts.Count ? parts[i + 1].Input : 0;
            kept += rows * part.Input;
            casts += part.Casts;
            forward = Math.Max(forward, kept + casts + (rows * part.Alone));
            var again = Math.Max(rows * (part.Forward + output), (rows * (part.Backward + (2 * output))) + part.WeightGradient);
            backward = Math.Max(backward, kept + (rows * part.Graph) + part.Casts + again);
        }

        return new PassMemory(kept, forward, backward);
    }

    // First without a graph, one micro-batch at a time, then each micro-batch forward and back.
    private static PassMemory Cached(IReadOnlyList<TowerPart> parts, long rows, PassMemory pass) => new(
        0, parts.Sum(part => part.Casts) + parts.Max(part => rows * (part.Input + part.Alone)), Math.Max(pass.Forward, pass.Backward));
}
