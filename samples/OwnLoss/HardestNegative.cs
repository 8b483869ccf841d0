using ClipSharp.Training.Losses;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>A loss that CLIP does not have: each picture shall be nearer to its text than to the text that fits it best of the
/// others, by a margin, and each text likewise (Faghri et al. 2018, "VSE++"). Gradients are libtorch's.</summary>
internal sealed class HardestNegative(double margin) : IPairLoss
{
    public PairGradients Gradients(Tensor images, Tensor texts, Tensor logitScale, Tensor? logitBias, Tensor? groups = null)
    {
        using var scope = NewDisposeScope();
        using var outOfReach = (-2.0).ToScalar();
        using var below = (-margin).ToScalar();
        var (pictures, words) = (images.detach().requires_grad_(), texts.detach().requires_grad_());
        var cosines = pictures.mm(words.t());                                          // [N, N]
        var own = cosines.diagonal();                                                  // [N]
        var pairs = eye(images.shape[0], dtype: ScalarType.Bool, device: images.device);
        var others = cosines.masked_fill(pairs, outOfReach);                           // [N, N]
        var nearer = cat([others.amax([1L]).sub(own), others.amax([0L]).sub(own)]);    // [2N], below -margin where all is well
        var loss = nearer.sub(below).relu().mean();
        loss.backward();
        return new PairGradients(
            loss.detach().MoveToOuterDisposeScope(),
            pictures.grad!.MoveToOuterDisposeScope(),
            words.grad!.MoveToOuterDisposeScope(),
            zeros_like(logitScale).MoveToOuterDisposeScope());                         // the scale is not in it
    }
}
