using ClipSharp.Torch.Towers;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Towers;

/// <summary>Our batch norm is TorchSharp's, which is PyTorch's.</summary>
public sealed class BatchNormTests
{
    [Fact]
    public void Results_gradients_and_statistics_are_those_of_the_library()
    {
        using var theirs = nn.BatchNorm2d(3);
        using var ours = new BatchNorm(3);
        for (var step = 0; step < 3; step++)
        {
            var (x, y) = (randn(4, 3, 5, 5).requires_grad_(), randn(4, 3, 5, 5));
            var same = x.detach().clone().requires_grad_();
            (theirs.forward(x) * y).sum().backward();
            (ours.forward(same) * y).sum().backward();
            Assert.Equal(x.grad!.data<float>().ToArray(), same.grad!.data<float>().ToArray());
        }

        Assert.Equal(theirs.state_dict().Keys, ours.state_dict().Keys);
        foreach (var (name, value) in theirs.state_dict())
        {
            var own = ours.state_dict()[name];
            Assert.Equal(value.to(float64).data<double>().ToArray(), own.to(float64).data<double>().ToArray());
        }

        theirs.eval();
        ours.eval();
        var input = randn(2, 3, 4, 4);
        Assert.Equal(theirs.forward(input).data<float>().ToArray(), ours.forward(input).data<float>().ToArray());
        Assert.Equal(3, ours.state_dict()["num_batches_tracked"].item<long>());
    }

    [Fact]
    public void A_norm_that_was_moved_computes_with_what_was_moved()
    {
        using var norm = new BatchNorm(3);
        norm.to(float64);

        norm.forward(randn(4, 3, 5, 5, float64));
        norm.eval();

        Assert.Equal(float64, norm.forward(zeros(1, 3, 2, 2, float64)).dtype);
        Assert.NotEqual(0, norm.get_buffer("running_mean")!.abs().sum().item<double>());
    }
}
