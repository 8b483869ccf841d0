using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Towers;

public sealed class AttentionTests
{
    private const int Width = 32, Heads = 4, Tokens = 9;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void In_16_bits_result_and_gradients_are_those_of_float32_within_its_rounding(bool causal)
    {
        using var scope = NewDisposeScope();
        var (attention, input) = Make(causal);
        var (exact, exactGradient) = Pass(attention, input);

        Tensor half, halfGradient;
        using (Autocast.Enter(DeviceType.CPU, ScalarType.BFloat16))
        {
            (half, halfGradient) = Pass(attention, input);
        }

        AssertNear(exact, half);
        AssertNear(exactGradient, halfGradient);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_causal_tower_does_not_look_ahead(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var (attention, input) = Make(causal: true);
        var other = input.clone();
        other.narrow(1, Tokens - 1, 1).zero_();

        using var cast = type == ScalarType.BFloat16 ? Autocast.Enter(DeviceType.CPU, type) : null;
        var (one, two) = (attention.forward(input), attention.forward(other));

        Assert.True(Same(one.narrow(1, 0, Tokens - 1), two.narrow(1, 0, Tokens - 1)));
        Assert.False(Same(one.narrow(1, Tokens - 1, 1), two.narrow(1, Tokens - 1, 1)));
    }

    [Fact]
    public void A_repeated_pass_gives_the_same_bits_with_and_without_a_graph()
    {
        using var scope = NewDisposeScope();
        var (attention, input) = Make(causal: false);

        using var cast = Autocast.Enter(DeviceType.CPU, ScalarType.BFloat16);
        var withGraph = attention.forward(input);
        using var none = no_grad();

        Assert.True(Same(withGraph, attention.forward(input)));
    }

    private static bool Same(Tensor one, Tensor two) => one.Equals(two);

    private static (Attention Attention, Tensor Input) Make(bool causal)
    {
        manual_seed(5);
        var attention = new Attention(Width, Heads, causal, Layers.Initialized);
        return (attention, randn(3, Tokens, Width).requires_grad_());
    }

    private static (Tensor Result, Tensor Gradient) Pass(Attention attention, Tensor input)
    {
        var result = attention.forward(input);
        var gradient = autograd.grad([result], [input], [ones_like(result)])[0];
        return (result.to(float32), gradient);
    }

    // bfloat16 keeps 8 bits; a few roundings stand one after the other.
    private static void AssertNear(Tensor expected, Tensor actual)
    {
        using var difference = expected.sub(actual).abs().max();
        using var largest = expected.abs().max();
        Assert.InRange(difference.ToSingle() / largest.ToSingle(), 0f, 0.03f);
    }
}
