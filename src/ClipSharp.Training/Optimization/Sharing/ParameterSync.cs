using ClipSharp.Torch;

using ClipSharp.Training.Ranks;

namespace ClipSharp.Training.Optimization.Sharing;

/// <summary>The way in which processes keep their parameters the same.</summary>
internal static class ParameterSync
{
    /// <param name="ranks">The processes.</param>
    /// <param name="model">What they train.</param>
    /// <param name="optimizer">Whose statistics are here: all, or a share of them.</param>
    public static IParameterSync Of(ICollective ranks, ClipModel model, AdamW optimizer)
    {
        var trained = model.NamedParameters().Where(p => p.Parameter.requires_grad).ToList();
        return ranks.WorldSize == 1 ? new NoSync([.. trained.Select(p => p.Parameter)])
            : optimizer.Shards is { } plan ? new ShardedSync(ranks, [.. trained.Select(p => p.Parameter)], plan)
            : new GradientBuckets(ranks, trained, new TowerLayers(model.Config));
    }
}
