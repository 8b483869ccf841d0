using ClipSharp.Torch.Kernels;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Kernels;

public sealed class GradientFunctionTests
{
    [Fact]
    public void What_goes_back_does_not_stay_however_many_functions_it_passes()
    {
        using var none = NewDisposeScope();
        var (few, many) = (Kept(2), Kept(12));

        Assert.Equal(few, many);

        static int Kept(int functions)
        {
            using var scope = NewDisposeScope();
            var state = ones(4).requires_grad_();
            var result = Enumerable.Range(0, functions).Aggregate(state, (x, _) => QuickGelu.Apply(x)).sum();
            var before = scope.DisposablesCount;
            result.backward();
            return scope.DisposablesCount - before;
        }
    }
}
