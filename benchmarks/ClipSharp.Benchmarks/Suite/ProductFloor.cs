using ClipSharp.Torch.Inference;
using static TorchSharp.torch;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>Products of packed weights: the floor of towers. They take turns with what is compared to them, since a machine that is
/// shared does not do the same in every minute.</summary>
internal sealed class ProductFloor : IDisposable
{
    private readonly (PackedLinear Weight, Tensor Rows, double Operations)[] _products;

    /// <param name="format">"fp32" or "bf16".</param>
    public ProductFloor(string format)
    {
        Format = format;
        using var scope = NewDisposeScope();
        _products = [.. Cubes.Select(side => (new PackedLinear(randn(side, side), null, TypeOf(format)),
            randn(side, side).to(TypeOf(format)).DetachFromDisposeScope(), 2 * Math.Pow(side, 3)))];
    }

    /// <summary>Sides of the products.</summary>
    public static IReadOnlyList<int> Cubes { get; } = [1024, 2048];

    /// <summary>Of numbers.</summary>
    public string Format { get; }

    /// <summary>What takes turns, a product a size.</summary>
    public IReadOnlyList<Action> Sides => [.. _products.Select<(PackedLinear Weight, Tensor Rows, double Operations), Action>(
        product => () => product.Weight.Apply(product.Rows).Dispose())];

    /// <summary>Operations a second of each size.</summary>
    /// <param name="turns">Of all sides.</param>
    /// <param name="first">The place of these among them.</param>
    public IEnumerable<double> Rates(Turns turns, int first) =>
        _products.Select((product, i) => product.Operations / turns.Of(first + i).Median);

    /// <summary>A row with its share of the better rate.</summary>
    /// <param name="row">The row.</param>
    /// <param name="rate">What it does, operations a second.</param>
    /// <param name="turns">Of all sides.</param>
    /// <param name="first">The place of the products among them.</param>
    public SuiteRow Share(SuiteRow row, double rate, Turns turns, int first) =>
        row with { Floor = $"product {Format}", Share = rate / Rates(turns, first).Max() };

    public void Dispose()
    {
        foreach (var (weight, rows, _) in _products)
        {
            weight.Dispose();
            rows.Dispose();
        }
    }

    /// <summary>The type of a format.</summary>
    public static ScalarType TypeOf(string format) => format == "fp32" ? ScalarType.Float32 : ScalarType.BFloat16;
}
