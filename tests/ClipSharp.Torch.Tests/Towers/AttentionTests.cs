using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Towers;

public sealed class AttentionTests
{
    private const int Width = 32, Heads = 4, Tokens = 9;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void In_16_bits_result_and_gradients_are_those_of_float32_within_its_rounding(bool causal, bool hidesSome)
    {
        using var scope = NewDisposeScope();
        var (attention, input) = Make(causal);
        var seen = hidesSome ? Seen() : null;
        var (exact, exactGradient) = Pass(attention, input, seen);

        Tensor half, halfGradient;
        using (Autocast.Enter(DeviceType.CPU, ScalarType.BFloat16))
        {
            (half, halfGradient) = Pass(attention, input, seen);
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

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.BFloat16, false)]
    [InlineData(ScalarType.BFloat16, true)]
    public void A_token_that_is_hidden_changes_no_other(ScalarType type, bool causal)
    {
        using var scope = NewDisposeScope();
        var (attention, input) = Make(causal);
        var seen = Seen();
        var other = input.clone();
        other[0, 4].zero_(); // hidden in the first row alone
        other[1, 4].zero_();

        using var cast = type == ScalarType.BFloat16 ? Autocast.Enter(DeviceType.CPU, type) : null;
        var (one, two) = (attention.forward(input, seen), attention.forward(other, seen));

        Assert.True(Same(one[0, ..4], two[0, ..4]));
        Assert.True(Same(one[0, 5..], two[0, 5..]));
        Assert.Equal(causal, Same(one[1, ..4], two[1, ..4]));
        Assert.False(Same(one[1, 5..], two[1, 5..]));
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

    // The first row's tokens 4 and 7 are hidden, all others are seen.
    private static Tensor Seen()
    {
        var seen = ones(3, 1, 1, Tokens, dtype: @bool);
        seen[0, 0, 0, 4] = false;
        seen[0, 0, 0, 7] = false;
        return seen;
    }

    private static (Tensor Result, Tensor Gradient) Pass(Attention attention, Tensor input, Tensor? seen)
    {
        var result = attention.forward(input, seen);
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
