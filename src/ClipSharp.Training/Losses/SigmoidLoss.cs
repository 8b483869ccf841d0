using ClipSharp.Torch.Kernels;
using ClipSharp.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Losses;

/// <summary>SigLIP's loss (Zhai et al. 2023, algorithm 1): each of the N × N pairs is a yes or no of its own, with a learned bias
/// b; the sum of -ln σ(z (s·cos + b)) over N, z = 1 for pairs that belong together and -1 for all others. No row is normalised
/// over its columns, so that chunks need nothing of each other.</summary>
/// <param name="ranks">The processes that share the batch.</param>
/// <param name="chunk">Numbers of the similarity matrix in memory at a time.</param>
internal sealed class SigmoidLoss(ICollective ranks, long chunk = 1 << 22) : IPairLoss
{
    /// <inheritdoc/>
    public PairGradients Gradients(Tensor images, Tensor texts, Tensor logitScale, Tensor? logitBias, Tensor? groups = null)
    {
        ArgumentNullException.ThrowIfNull(logitBias);
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var allTexts = ranks.AllGather(texts);                                                           // [N, E]
        var targets = new PairTargets(images.shape[0], allTexts.shape[0], ranks, groups, smoothing: 0, images.device);
        var scale = logitScale.exp();
        var (loss, byScale, byBias) = (zeros_like(scale), zeros_like(scale), zeros_like(scale));
        var (byImages, byTexts) = (zeros_like(images), zeros_like(allTexts));
        using var share = (1.0 / targets.Columns).ToScalar();
        var rows = Math.Max(1, chunk / targets.Columns);
        for (long start = 0; start < targets.Rows; start += rows)
        {
            using var inner = NewDisposeScope();
            var count = Math.Min(rows, targets.Rows - start);
            var some = images.narrow(0, start, count);                                                   // [c, E]
            var scaled = some.mm(allTexts.t()).mul_(scale);                                              // [c, N]
            var sign = targets.SignsOf(start, count);                                                    // [c, N], 1 or -1
            var margin = scaled.Plus(logitBias).mul_(sign);                                              // [c, N]
            var each = nn.functional.logsigmoid(margin).neg_();
            loss.AddInPlace(Total(each, ones_like(each)).mul_(share));
            var gradient = margin.neg_().sigmoid_().mul_(sign).neg_().mul_(share);                       // [c, N]
            byScale.AddInPlace(Total(gradient, scaled));
            byBias.AddInPlace(Total(gradient, ones_like(gradient)));
            gradient.mul_(scale);
            byImages.narrow(0, start, count).copy_(gradient.mm(allTexts));
            byTexts.AddInPlace(gradient.t().mm(some));
        }

        return new PairGradients(
            ranks.AllReduce(loss).MoveToOuterDisposeScope(), byImages.MoveToOuterDisposeScope(),
            ranks.ReduceScatter(byTexts).MoveToOuterDisposeScope(), ranks.AllReduce(byScale).MoveToOuterDisposeScope(),
            ranks.AllReduce(byBias).MoveToOuterDisposeScope());
    }

    private static Tensor Total(Tensor left, Tensor right) => left.view(-1).dot(right.view(-1));
}
