using ClipSharp.Torch.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Native;

public sealed class QuickGeluTests
{
    // 3 × 1001 numbers: no multiple of eight, so the last ones go another way.
    private static Tensor Numbers(ScalarType type = ScalarType.Float32) => linspace(-30, 30, 3003).reshape(3, 1001).to(type);

    [Fact]
    public void Values_are_the_formulas()
    {
        using var scope = NewDisposeScope();
        var x = Numbers();

        var error = (QuickGelu.Apply(x) - Formula(x.to(ScalarType.Float64))).abs();

        Assert.InRange(error.max().item<double>(), 0, 2e-6);
    }

    [Fact]
    public void The_gradient_is_autograds()
    {
        using var scope = NewDisposeScope();
        var (own, reference) = (Numbers().requires_grad_(), Numbers().to(ScalarType.Float64).requires_grad_());
        var weights = linspace(1, 2, 3003).reshape(3, 1001);

        (QuickGelu.Apply(own) * weights).sum().backward();
        (Formula(reference) * weights).sum().backward();

        Assert.InRange((own.grad! - reference.grad!).abs().max().item<double>(), 0, 4e-6);
    }

    [Fact]
    public void Bfloat16_is_rounded_once()
    {
        Assert.SkipUnless(QuickGeluKernel.IsAvailable, "The one-pass kernel needs vectors of 512 bits.");
        using var scope = NewDisposeScope();
        var x = Numbers(ScalarType.BFloat16).requires_grad_();

        var y = QuickGelu.Apply(x);
        y.sum().backward();

        var wide = x.detach().to(ScalarType.Float32).requires_grad_();
        var expected = QuickGelu.Apply(wide);
        expected.sum().backward();
        Assert.True(y.Equals(expected.to(ScalarType.BFloat16)));
        Assert.True(x.grad!.Equals(wide.grad!.to(ScalarType.BFloat16)));
    }

    [Fact]
    public void A_number_gives_the_same_bits_wherever_it_stands()
    {
        Assert.SkipUnless(QuickGeluKernel.IsAvailable, "The one-pass kernel needs vectors of 512 bits.");
        using var scope = NewDisposeScope();
        var x = randn(50_003);

        var whole = QuickGelu.Apply(x);

        for (var start = 1L; start < 20; start++)
        {
            Assert.True(QuickGelu.Apply(x.narrow(0, start, 40_000).clone()).Equals(whole.narrow(0, start, 40_000)));
        }
    }

    [Fact]
    public void The_order_of_memory_and_expanded_gradients_do_not_matter()
    {
        using var scope = NewDisposeScope();
        var x = Numbers().t().requires_grad_();
        Assert.False(x.is_contiguous());

        var y = QuickGelu.Apply(x);
        y.sum().backward();

        var straight = Numbers().requires_grad_();
        QuickGelu.Apply(straight).sum().backward();
        Assert.True(y.t().Equals(QuickGelu.Apply(Numbers())));
        Assert.True(x.grad!.t().Equals(straight.grad!));
    }

    [Fact]
    public void Other_types_take_tensor_operations()
    {
        using var scope = NewDisposeScope();
        var x = Numbers(ScalarType.Float64).requires_grad_();
        var reference = Numbers(ScalarType.Float64).requires_grad_();

        QuickGelu.Apply(x).sum().backward();
        Formula(reference).sum().backward();

        Assert.InRange((x.grad! - reference.grad!).abs().max().item<double>(), 0, 1e-6);
    }

    [Fact]
    public void Not_a_number_stays_visible()
    {
        using var scope = NewDisposeScope();
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            var y = QuickGelu.Apply(tensor([float.NaN, float.PositiveInfinity, 1f]).to(type)).to(ScalarType.Float32);

            Assert.Equal(float.NaN, y[0].item<float>());
            Assert.Equal(float.PositiveInfinity, y[1].item<float>());
        }
    }

    [Fact]
    public void A_pass_forward_and_back_leaves_only_the_result_and_the_gradient()
    {
        using var scope = NewDisposeScope();
        var x = Numbers().requires_grad_();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        var y = QuickGelu.Apply(x);
        Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        for (var i = 0; i < 3; i++)
        {
            using var inner = NewDisposeScope();
            QuickGelu.Apply(x).sum().backward();
        }

        Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static Tensor Formula(Tensor x) => x * (x * 1.702f).sigmoid();
}
