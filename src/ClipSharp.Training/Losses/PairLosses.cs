using ClipSharp.Training.Ranks;

namespace ClipSharp.Training.Losses;

/// <summary>The loss that a run's options ask for.</summary>
internal static class PairLosses
{
    /// <param name="options">The run's.</param>
    /// <param name="ranks">The processes that share the batch.</param>
    public static IPairLoss Of(TrainOptions options, ICollective ranks) =>
        options.Siglip ? new SigmoidLoss(ranks) : new ContrastiveLoss(ranks, options.LabelSmoothing);
}
