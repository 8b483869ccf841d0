using ClipSharp.Torch.Kernels;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Kernels;

/// <summary>Both widths of vectors against libtorch's attention. What a processor lacks .NET computes by smaller ones.</summary>
[Trait("Category", "Vectors")]
public sealed class RowAttentionTests
{
    // Widths and rows that fill vectors and that do not.
    public static TheoryData<int, int, int, bool, bool> Shapes()
    {
        var shapes = new TheoryData<int, int, int, bool, bool>();
        (int, int, int)[] sizes = [(1, 1, 4), (5, 2, 8), (16, 3, 32), (50, 2, 64), (77, 1, 72), (131, 2, 104)];
        foreach (var (rows, heads, headWidth) in sizes)
        {
            shapes.Add(rows, heads, headWidth, false, true);
            shapes.Add(rows, heads, headWidth, true, true);
            shapes.Add(rows, heads, headWidth, false, false);
            shapes.Add(rows, heads, headWidth, true, false);
        }

        return shapes;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void It_is_libtorchs_attention(int rows, int heads, int headWidth, bool isCausal, bool isWide)
    {
        RequireKernel();
        using var scope = NewDisposeScope();
        var (queries, keys, values) = Joint(3, rows, heads * headWidth);

        var exact = RowAttention.ByOperations(queries.to(float64), keys.to(float64), values.to(float64), heads, isCausal, null);
        var result = RowAttentionKernel.Run(queries, keys, values, heads, isCausal, null, isWide);

        Assert.InRange((exact - result).abs().max().item<double>(), 0, 2e-6);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Rows_behind_those_that_are_seen_do_not_count(bool isWide, bool isCausal)
    {
        RequireKernel();
        using var scope = NewDisposeScope();
        var (queries, keys, values) = Joint(3, 37, 96);
        var seen = tensor(new long[] { 1, 20, 37 });
        values[0, 1..] = float.NaN;
        keys[0, 1..] = float.NaN;
        var asking = isCausal ? queries : queries[.., ..1];

        var result = RowAttentionKernel.Run(asking, keys, values, 3, isCausal, seen, isWide);

        Assert.True(result[0].Equals(values[0, ..1].expand_as(result[0]))); // the only one that is seen
        var rest = RowAttention.ByOperations(asking[1..], keys[1..], values[1..], 3, isCausal, seen[1..]);
        Assert.InRange((rest - result[1..]).abs().max().item<float>(), 0, 2e-6f);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bfloat16_is_rounded_once(bool isWide)
    {
        RequireKernel();
        using var scope = NewDisposeScope();
        var (queries, keys, values) = Joint(2, 50, 128, ScalarType.BFloat16);

        var exact = RowAttention.ByOperations(queries.to(float64), keys.to(float64), values.to(float64), 2, false, null);
        var result = RowAttentionKernel.Run(queries, keys, values, 2, false, null, isWide);

        Assert.Equal(ScalarType.BFloat16, result.dtype);
        var bound = (exact.abs() * Math.Pow(2, -8)) + 1e-6;
        Assert.True((result.to(float64) - exact).abs().le(bound).all().item<bool>());
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_picture_gives_the_same_bits_in_any_batch(ScalarType type)
    {
        RequireKernel();
        using var scope = NewDisposeScope();
        var (queries, keys, values) = Joint(9, 50, 128, type);

        var together = RowAttention.Apply(queries, keys, values, 2);

        for (var picture = 0; picture < 9; picture++)
        {
            var rows = picture..(picture + 1);
            Assert.True(RowAttention.Apply(queries[rows], keys[rows], values[rows], 2).Equals(together[rows]));
        }
    }

    [Fact]
    public void What_is_no_number_stays_none()
    {
        RequireKernel();
        using var scope = NewDisposeScope();
        var (queries, keys, values) = Joint(1, 20, 32);
        keys[0, 7] = float.NaN;

        var result = RowAttention.Apply(queries, keys, values, 1);

        Assert.True(result.isnan().all().item<bool>());
    }

    private static (Tensor Queries, Tensor Keys, Tensor Values) Joint(long batch, long rows, long width,
        ScalarType type = ScalarType.Float32)
    {
        var joint = randn([batch, rows, 3 * width], generator: new Generator(1)).to(type);
        return (joint.narrow(2, 0, width), joint.narrow(2, width, width), joint.narrow(2, 2 * width, width));
    }

    private static void RequireKernel() =>
        Assert.SkipUnless(ParallelLoop.IsAvailable, "This libtorch has no parallel loop for the kernel.");
}
