using ClipSharp.Torch.Kernels;
using ClipSharp.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Losses;

/// <summary>CLIP's loss (paper 2.3, figure 3): of N × N pairs, the N on the diagonal belong together; the mean of the
/// cross-entropy over each picture's texts and over each text's pictures. Always float32. With P the softmax of a row of logits
/// and T its target, the gradient by the logits is (P - T) / 2N, for each side; sums over processes give the whole
/// batch's.</summary>
/// <param name="ranks">The processes that share the batch.</param>
/// <param name="labelSmoothing">The share of the target spread over all pairs, 0 in the paper.</param>
/// <param name="chunk">Numbers of the similarity matrix in memory at a time.</param>
internal sealed class ContrastiveLoss(ICollective ranks, double labelSmoothing = 0, long chunk = ContrastiveLoss.Chunk)
    : IPairLoss
{
    /// <summary>Numbers of the similarity matrix in memory at a time.</summary>
    public const long Chunk = 1 << 22;

    /// <inheritdoc/>
    public double? OfGuessing(int pairs) => Math.Log(pairs);

    /// <inheritdoc/>
    public PairGradients Gradients(Tensor images, Tensor texts, Tensor logitScale, Tensor? logitBias, Tensor? groups = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var (allImages, allTexts) = (ranks.Gathered(images), ranks.Gathered(texts));                   // [N, E]
        var targets = new PairTargets(images.shape[0], allImages.shape[0], ranks, groups, labelSmoothing, images.device);
        var imageSide = new Side(images, allTexts, logitScale.exp());
        var textSide = new Side(texts, allImages, imageSide.Scale);
        var rows = Math.Max(1, chunk / targets.Columns);
        for (long start = 0; start < targets.Rows; start += rows)
        {
            using var inner = NewDisposeScope();
            var count = Math.Min(rows, targets.Rows - start);
            var target = targets.Of(start, count);                                                       // [c, N]
            imageSide.Add(start, count, target);
            textSide.Add(start, count, target);
        }

        return new PairGradients(
            ranks.Summed(imageSide.Loss.Plus(textSide.Loss)).MoveToOuterDisposeScope(),
            imageSide.Own.Plus(ranks.Scattered(textSide.Others)).MoveToOuterDisposeScope(),
            textSide.Own.Plus(ranks.Scattered(imageSide.Others)).MoveToOuterDisposeScope(),
            imageSide.LogitScale.Plus(textSide.LogitScale).MoveToOuterDisposeScope());
    }

    // One direction: each of this process' rows chooses among everybody's columns.
    private sealed class Side(Tensor rows, Tensor columns, Tensor scale)
    {
        public Tensor Scale => scale;

        public Tensor Loss { get; } = zeros_like(scale);

        public Tensor LogitScale { get; } = zeros_like(scale);

        public Tensor Own { get; } = zeros_like(rows);                                                   // [b, E]

        public Tensor Others { get; } = zeros_like(columns);                                             // [N, E]

        public void Add(long start, long count, Tensor target)
        {
            var some = rows.narrow(0, start, count);                                                     // [c, E]
            var logits = some.mm(columns.t()).mul_(scale);                                               // [c, N]
            var logarithms = logits.log_softmax(1);                                                      // [c, N]
            using var share = (0.5 / columns.shape[0]).ToScalar();
            Loss.sub_(Total(logarithms, target).mul_(share));
            var gradient = logarithms.exp_().sub_(target).mul_(share);                                   // [c, N]
            LogitScale.AddInPlace(Total(gradient, logits));
            gradient.mul_(scale);
            Own.narrow(0, start, count).copy_(gradient.mm(columns));
            Others.AddInPlace(gradient.t().mm(some));
        }

        private static Tensor Total(Tensor left, Tensor right) => left.view(-1).dot(right.view(-1));
    }
}
