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
        var (pictures, words) = (images.detach().requires_grad_(), texts.detach().requires_grad_());
        var cosines = pictures.mm(words.t());                                          // [N, N]
        var own = cosines.diagonal();                                                  // [N]
        var others = cosines - (2 * eye(images.shape[0], device: images.device));      // [N, N], its own out of reach
        var loss = (others.amax([1L]) - own + margin).relu().mean() + (others.amax([0L]) - own + margin).relu().mean();
        loss.backward();
        return new PairGradients(
            loss.detach().MoveToOuterDisposeScope(), pictures.grad!.MoveToOuterDisposeScope(), words.grad!.MoveToOuterDisposeScope(),
            zeros_like(logitScale).MoveToOuterDisposeScope());                         // the scale is not in it
    }
}
