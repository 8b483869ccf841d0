using ClipSharp.Torch.Inference;
using ClipSharp.Torch.Kernels;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Inference;

public sealed class PackedLinearTests
{
    [Theory]
    [InlineData(new long[] { 3 }, 1e-5)]
    [InlineData(new long[] { 50, 3 }, 1e-5)]
    [InlineData(new long[] { 2, 5, 96 }, 1e-5)]
    [InlineData(new long[] { 2, 5, 96 }, 1e-2, ScalarType.BFloat16)]
    public void A_packed_product_is_the_plain_one(long[] shape, double bound, ScalarType type = ScalarType.Float32)
    {
        using var scope = NewDisposeScope();
        var (input, weight, bias) = (randn(shape).to(type), randn(40, shape[^1]).to(type), randn(40).to(type));
        using var packed = new PackedLinear(weight, bias, type);

        var result = packed.Apply(input);

        var (input64, weight64) = (input.to(ScalarType.Float64), weight.to(ScalarType.Float64));
        var want = (input64.unsqueeze(-2) * weight64).sum(-1).Plus(bias.to(ScalarType.Float64));
        Assert.Equal([.. shape[..^1], 40], result.shape);
        Assert.Equal(type, result.dtype);
        Assert.True(result.to(ScalarType.Float64).allclose(want, bound, bound * Math.Sqrt(shape[^1])));
    }

    public static TheoryData<string, ScalarType, long> Activations()
    {
        var all = new TheoryData<string, ScalarType, long>();
        string[] names =
        [
            nameof(FusedActivation.Rectifier), nameof(FusedActivation.Swish),
            nameof(FusedActivation.Gelu), nameof(FusedActivation.TanhGelu),
        ];
        foreach (var name in names)
        {
            foreach (var outputs in new[] { 64L, 5 }) // 5 are not packed
            {
                all.Add(name, ScalarType.Float32, outputs);
                all.Add(name, ScalarType.BFloat16, outputs);
            }
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void An_activation_in_the_same_pass_is_that_of_its_own_operation(string name, ScalarType type, long outputs)
    {
        using var scope = NewDisposeScope();
        var activation = (FusedActivation)typeof(FusedActivation).GetProperty(name)!.GetValue(null)!;
        var (input, weight, bias) = (randn(20, 32).to(type), randn(outputs, 32).to(type), randn(outputs).to(type));
        using var packed = new PackedLinear(weight, bias, type, activation);

        var want = activation.Apply(nn.functional.linear(input.to(float64), weight.to(float64), bias.to(float64)));
        var bound = type == ScalarType.Float32 ? 2e-5 : 0.1;
        Assert.InRange((packed.Apply(input).to(float64) - want).abs().max().item<double>(), 0, bound);
    }

    [Theory]
    [InlineData(64, ScalarType.Float32, false)]
    [InlineData(64, ScalarType.Float32, true)]
    [InlineData(5, ScalarType.Float32, false)] // not packed
    [InlineData(64, ScalarType.BFloat16, false)]
    public void A_product_is_added_to_a_state_in_place(long outputs, ScalarType type, bool isActivated)
    {
        using var scope = NewDisposeScope();
        var (state, input, weight, bias) = (randn(2, 10, outputs), randn(2, 10, 32), randn(outputs, 32), randn(outputs));
        using var packed = new PackedLinear(weight, bias, type, isActivated ? FusedActivation.Gelu : null);
        var want = state.Plus(packed.Apply(input).to(float32));

        packed.AddTo(state, input);

        Assert.True(state.allclose(want, 1e-5, 1e-5));
    }

    [Fact]
    public void Without_a_bias_nothing_is_added()
    {
        using var scope = NewDisposeScope();
        using var packed = new PackedLinear(randn(8, 4), null, ScalarType.Float32);

        Assert.True(packed.Apply(zeros(3, 4)).allclose(zeros(3, 8)));
    }

    [Theory]
    [InlineData(8, 4)] // not packed on most processors
    [InlineData(64, 64)]
    [InlineData(1, 64)]
    public void The_weights_given_may_change_afterwards(long outputs, long inputs)
    {
        using var scope = NewDisposeScope();
        var (weight, bias, input) = (randn(outputs, inputs), randn(outputs), randn(3, inputs));
        using var packed = new PackedLinear(weight, bias, ScalarType.Float32);
        var before = packed.Apply(input);

        weight.zero_();
        bias.zero_();

        Assert.True(packed.Apply(input).Equals(before));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Outputs_that_fill_whole_blocks_are_packed_where_the_processor_has_the_type(ScalarType type)
    {
        using var packed = new PackedLinear(zeros(768, 64), null, type);

        Assert.Equal(type == ScalarType.Float32 || Precision.Parse("auto").Name == "bf16", packed.IsPacked);
    }
}
