using ClipSharp.Training.Optimization;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Optimization;

public sealed class FusedAdamWTests
{
    private static readonly FusedAdamW.Rates Rates = new(1e-2, 0.9, 0.98, 0.2, 1e-6);

    [Fact]
    public void The_kernel_is_there() => Assert.True(FusedAdamW.IsAvailable);

    [Fact]
    public void The_kernel_and_tensor_operations_agree()
    {
        using var scope = NewDisposeScope();
        var (fused, plain) = (Start(ScalarType.Float32), Start(ScalarType.Float32));
        for (var step = 0; step < 5; step++)
        {
            FusedAdamW.Step(fused, Rates, fused: true);
            FusedAdamW.Step(plain, Rates, fused: false);
        }

        foreach (var (a, b) in fused.Parameters.Concat(fused.FirstMoments).Concat(fused.SecondMoments)
            .Zip(plain.Parameters.Concat(plain.FirstMoments).Concat(plain.SecondMoments)))
        {
            Assert.InRange((a - b).abs().max().item<float>(), 0, 1e-6);
        }

        Assert.Equal(5, fused.Steps[1].item<float>());
    }

    [Fact]
    public void One_number_moves_as_the_formula_says()
    {
        using var scope = NewDisposeScope();
        var (p, g, m, v, t) = (tensor(2.0), tensor(0.5), tensor(0.1), tensor(0.04), tensor(3f));

        FusedAdamW.Step([p], [g], [m], [v], [t], learningRate: 0.1, beta1: 0.9, beta2: 0.99, weightDecay: 0.3, epsilon: 1e-3);

        var (m4, v4) = ((0.9 * 0.1) + (0.1 * 0.5), (0.99 * 0.04) + (0.01 * 0.25));
        var step = m4 / (1 - Math.Pow(0.9, 4)) / (Math.Sqrt(v4 / (1 - Math.Pow(0.99, 4))) + 1e-3);
        Assert.Equal((2 * (1 - (0.1 * 0.3))) - (0.1 * step), p.item<double>(), 1e-12);
        Assert.Equal(m4, m.item<double>(), 1e-12);
        Assert.Equal(v4, v.item<double>(), 1e-12);
    }

    [Fact]
    public void A_gradient_in_another_order_of_memory_is_read_by_its_shape()
    {
        using var scope = NewDisposeScope();
        var (ordered, turned) = (Start(ScalarType.Float32), Start(ScalarType.Float32));
        turned = turned with { Gradients = [turned.Gradients[0].t().contiguous().t(), turned.Gradients[1]] };
        Assert.False(turned.Gradients[0].is_contiguous());

        FusedAdamW.Step(ordered, Rates, fused: true);
        FusedAdamW.Step(turned, Rates, fused: true);

        Assert.True(ordered.Parameters[0].Equals(turned.Parameters[0]));
    }

    [Fact]
    public void Parameters_that_require_a_gradient_are_updated_under_any_mode()
    {
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(ones(3));

        FusedAdamW.Step([parameter], [ones(3)], [zeros(3)], [zeros(3)], [zeros(1)], 0.1, 0.9, 0.99, 0, 1e-8);

        Assert.Equal(0.9f, parameter[0].item<float>(), 1e-5f);
        Assert.True(parameter.requires_grad);
    }

    [Fact]
    public void Bfloat16_weights_and_moments_are_updated()
    {
        using var scope = NewDisposeScope();
        var state = Start(ScalarType.BFloat16);
        var before = state.Parameters[0].clone();

        FusedAdamW.Step(state, Rates, fused: true);

        Assert.InRange((state.Parameters[0] - before).abs().max().to(ScalarType.Float32).item<float>(), 1e-3f, 0.1f);
    }

    [Fact]
    public void What_does_not_fit_is_refused_before_anything_changes()
    {
        using var scope = NewDisposeScope();
        var good = Start(ScalarType.Float32);
        FusedAdamW.State[] bad =
        [
            good with { Gradients = [good.Gradients[0]] },
            good with { Gradients = [ones(2, 2), good.Gradients[1]] },
            good with { FirstMoments = [good.FirstMoments[0].to(ScalarType.BFloat16), good.FirstMoments[1]] },
            good with { Parameters = [good.Parameters[0].t().contiguous().t(), good.Parameters[1]] },
            good with { Steps = [zeros(2), good.Steps[1]] },
            good with { Steps = [zeros(1, ScalarType.Int64), good.Steps[1]] },
        ];

        Assert.All(bad, state => Assert.Throws<ArgumentException>(() => FusedAdamW.Step(state, Rates, fused: true)));
        Assert.Equal(0, good.Steps[1].item<float>());
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using var scope = NewDisposeScope();
        var state = Start(ScalarType.Float32);
        var before = DisposeScopeManagerLiveCount();

        FusedAdamW.Step(state, Rates, fused: true);
        FusedAdamW.Step(state, Rates, fused: false);

        Assert.Equal(before, DisposeScopeManagerLiveCount());
    }

    private static long DisposeScopeManagerLiveCount() => TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    private static FusedAdamW.State Start(ScalarType type)
    {
        Tensor Numbers(double phase, params long[] shape) =>
            (arange(shape.Aggregate(1L, (product, length) => product * length), ScalarType.Float32) * 0.7
                + phase).sin().reshape(shape).to(type);

        return new(
            [Numbers(0, 5, 7), Numbers(1, 40)], [Numbers(2, 5, 7), Numbers(3, 40)],
            [zeros(5, 7, type), zeros(40, type)], [zeros(5, 7, type), zeros(40, type)], [zeros(1), zeros(1)]);
    }
}
