using ClipSharp.Torch.Native;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Native;

public sealed class LibTorchTests
{
    [Fact]
    public void Tensors_compute()
    {
        LibTorch.EnsureLoaded();

        using var scope = NewDisposeScope();
        var sum = ones(2, 3).add(1).sum();
        Assert.Equal(12, sum.item<float>());
    }
}
