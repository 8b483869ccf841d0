using ClipSharp.Torch.Kernels;
using ClipSharp.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Losses;

/// <summary>SigLIP's loss (Zhai et al. 2023, algorithm 1): each of the N × N pairs is a yes or no of its own, with a learned bias
/// b; the sum of -ln σ(z (s·cos + b)) over N, z = 1 for pairs that belong together and -1 for all others. No row is normalised
/// over its columns, so that chunks need nothing of each other, and processes only the texts of one other at a time: the texts
/// go round the ring with the gradient that they have so far (section 3.3 there).</summary>
/// <param name="ranks">The processes that share the batch.</param>
/// <param name="chunk">Numbers of the similarity matrix in memory at a time.</param>
internal sealed class SigmoidLoss(ICollective ranks, long chunk = 1 << 22) : IPairLoss
{
    /// <inheritdoc/>
    public PairGradients Gradients(Tensor images, Tensor texts, Tensor logitScale, Tensor? logitBias, Tensor? groups = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(logitBias);
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var (count, pairs) = (images.shape[0], images.shape[0] * ranks.WorldSize);
        var mine = groups ?? Numbers.Counted(pairs, ScalarType.Int64, images.device).narrow(0, ranks.Rank * count, count);  // [b]
        var (others, theirs) = (texts.contiguous().clone(), mine.contiguous().clone());                    // [b, E], [b]
        var scale = logitScale.exp();
        var (loss, byScale, byBias) = (zeros_like(scale), zeros_like(scale), zeros_like(scale));
        var (byImages, byTexts) = (zeros_like(images), zeros_like(others));
        using var share = (1.0 / pairs).ToScalar();
        using var two = 2.0.ToScalar();
        for (var hop = 0; hop < ranks.WorldSize; hop++)
        {
            AddPairs();
            ranks.Shift(others);
            ranks.Shift(theirs);
            ranks.Shift(byTexts); // the last hop brings it home
        }

        return new PairGradients(
            ranks.Summed(loss).MoveToOuterDisposeScope(), byImages.MoveToOuterDisposeScope(), byTexts.MoveToOuterDisposeScope(),
            byScale.MoveToOuterDisposeScope(), byBias.MoveToOuterDisposeScope());

        void AddPairs()
        {
            var rows = Math.Max(1, chunk / count);
            for (long start = 0; start < count; start += rows)
            {
                using var inner = NewDisposeScope();
                var some = images.narrow(0, start, Math.Min(rows, count - start));                         // [c, E]
                var together = mine.narrow(0, start, some.shape[0]).unsqueeze(1).eq(theirs.unsqueeze(0));  // [c, b]
                var sign = together.to(float32).mul_(two).sub_(Numbers.One);                               // [c, b], 1 or -1
                var scaled = some.mm(others.t()).mul_(scale);                                              // [c, b]
                var margin = scaled.Plus(logitBias).mul_(sign);                                            // [c, b]
                var each = nn.functional.logsigmoid(margin).neg_();
                loss.AddInPlace(Total(each, ones_like(each)).mul_(share));
                var gradient = margin.neg_().sigmoid_().mul_(sign).neg_().mul_(share);                     // [c, b]
                byScale.AddInPlace(Total(gradient, scaled));
                byBias.AddInPlace(Total(gradient, ones_like(gradient)));
                gradient.mul_(scale);
                byImages.narrow(0, start, some.shape[0]).AddInPlace(gradient.mm(others));
                byTexts.AddInPlace(gradient.t().mm(some));
            }
        }
    }

    private static Tensor Total(Tensor left, Tensor right) => left.view(-1).dot(right.view(-1));
}
