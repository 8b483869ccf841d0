using ClipSharp.Torch.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Kernels;

[Trait("Category", "Vectors")]
public sealed class QuickGeluTests
{
    // 3 × 1001 numbers: no multiple of eight, so the last ones go another way.
    private static Tensor Numbers(ScalarType type = ScalarType.Float32) => linspace(-30, 30, 3003).reshape(3, 1001).to(type);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Values_and_gradients_are_the_formulas(bool byKernel)
    {
        using var scope = NewDisposeScope();
        var (x, weights) = (Numbers(), linspace(1, 2, 3003).reshape(3, 1001));
        var (value, gradient) = Compute(x, weights, byKernel);
        var (expected, slope) = Exact(x);

        Assert.InRange((value - expected).abs().max().item<double>(), 0, 2e-6);
        Assert.InRange((gradient - (slope * weights)).abs().max().item<double>(), 0, 4e-6);
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
        Assert.InRange((reference.grad! - (Exact(own).Slope * weights)).abs().max().item<double>(), 0, 1e-12);
    }

    // The nearest number of 8 bits is off by less than 2^-8 of it.
    [Fact]
    public void The_kernel_rounds_bfloat16_once()
    {
        using var scope = NewDisposeScope();
        var x = Numbers(ScalarType.BFloat16);
        var (value, gradient) = Compute(x, ones_like(x), byKernel: true);
        var (expected, slope) = Exact(x);

        AssertWithin(expected.abs() * Rounding, expected, value);
        AssertWithin((slope.abs() * Rounding) + 1e-6, slope, gradient); // where it crosses zero its two parts cancel
    }

    // Operations round after each: u by 2^-8 moves σ(u) by |u| (1 − σ) 2^-8 of it; σ and the product are rounded too. The slope
    // σ · (1 + t) with t = u − u·σ has a rounding more for each sign in it. An exponent that is off by a fifth makes a quarter.
    [Fact]
    public void Operations_round_bfloat16_after_each()
    {
        using var scope = NewDisposeScope();
        var x = Numbers(ScalarType.BFloat16);
        var (value, gradient) = Compute(x, ones_like(x), byKernel: false);
        var (expected, slope) = Exact(x);
        var u = x.to(ScalarType.Float64) * 1.702f;
        var s = u.sigmoid();
        var ofS = 1 + (u.abs() * (1 - s)); // roundings in σ
        var ofT = (u.abs() * (1 + (s * (1 + ofS)))) + (u - (u * s)).abs() + (1 + u - (u * s)).abs();

        Assert.True(value.Equals(Formula(x)));
        AssertWithin(expected.abs() * (1 + ofS) * Rounding * 1.25, expected, value);
        AssertWithin(((slope.abs() * (1 + ofS)) + (s * ofT)) * Rounding * 1.25, slope, gradient);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_number_gives_the_same_bits_wherever_it_stands(ScalarType type)
    {
        RequireKernel();
        using var scope = NewDisposeScope();
        var x = randn(50_003).to(type);

        var whole = QuickGeluKernel.Forward(x);

        for (var start = 1L; start < 20; start++)
        {
            Assert.True(QuickGeluKernel.Forward(x.narrow(0, start, 40_000).clone()).Equals(whole.narrow(0, start, 40_000)));
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Narrow_vectors_compute_what_wide_ones_do(ScalarType type)
    {
        RequireKernel();
        using var scope = NewDisposeScope();
        var x = Numbers(type);

        Assert.True(QuickGeluKernel.ForwardBy256Bits(x).Equals(QuickGeluKernel.Forward(x)));
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

    // META has shapes and no numbers; what runs there is what runs on every device.
    [Fact]
    public void On_a_device_the_gradient_is_libtorchs_own()
    {
        using var scope = NewDisposeScope();
        var elsewhere = zeros(3, 5, device: new Device(DeviceType.META)).requires_grad_();
        QuickGelu.Apply(elsewhere).sum().backward();
        Assert.Equal([3, 5], elsewhere.grad!.shape);

        var (own, reference) = (Numbers().requires_grad_(), Numbers().to(ScalarType.Float64).requires_grad_());
        var weights = linspace(1, 2, 3003).reshape(3, 1001);
        (QuickGelu.OnDevice(own) * weights).sum().backward();
        (Formula(reference) * weights).sum().backward();

        Assert.InRange((QuickGelu.OnDevice(own) - Exact(own).Value).abs().max().item<double>(), 0, 4e-6);
        Assert.InRange((own.grad! - reference.grad!).abs().max().item<double>(), 0, 4e-6);
    }

    [Fact]
    public void Gradients_come_back_where_there_is_no_dispose_scope()
    {
        using var x = Numbers().requires_grad_();
        QuickGelu.Apply(x).sum().backward();

        Assert.InRange((x.grad! - Exact(x).Slope).abs().max().item<double>(), 0, 4e-6);
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

    private const double Rounding = 1.0 / 256;

    // Both ways on every processor: without vectors of 512 bits the kernel's are made of smaller ones.
    private static (Tensor Value, Tensor Gradient) Compute(Tensor x, Tensor gradient, bool byKernel)
    {
        if (!byKernel)
        {
            return (QuickGelu.ForwardByOperations(x), QuickGelu.BackwardByOperations(x, gradient));
        }

        RequireKernel();
        return (QuickGeluKernel.Forward(x), QuickGeluKernel.Backward(x, gradient));
    }

    private static void RequireKernel() =>
        Assert.SkipUnless(ParallelLoop.IsAvailable, "This libtorch has no parallel loop for the kernel.");

    private static (Tensor Value, Tensor Slope) Exact(Tensor x)
    {
        var wide = x.detach().to(ScalarType.Float64);
        var u = wide * 1.702f;
        var s = u.sigmoid();
        return (wide * s, s * (1 + (u * (1 - s))));
    }

    private static void AssertWithin(Tensor most, Tensor expected, Tensor found) =>
        Assert.True((found.to(ScalarType.Float64) - expected).abs().le(most).all().item<bool>());

    private static Tensor Formula(Tensor x) => x * (x * 1.702f).sigmoid();
}
