using ClipSharp.Torch;
using ClipSharp.Torch.Inference;
using static TorchSharp.torch;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>What the parts of a run share: options, where rows go, and the floors, measured when first asked for.</summary>
internal sealed class SuiteRun(string vocabulary, int rounds, bool isQuick, IReadOnlyList<string> exports, Action<SuiteRow> told)
{
    private readonly Dictionary<string, double> _rates = [];
    private readonly List<SuiteRow> _rows = [];

    public string Vocabulary => vocabulary;

    public int Rounds => rounds;

    public bool IsQuick => isQuick;

    /// <summary>Folders with graphs of others, each named after its model's preset and ready for <c>OnnxFolder.Open</c>.</summary>
    public IReadOnlyList<string> Exports => exports;

    /// <summary>Without instructions for it a product in bf16 runs at a hundredth of the rate, and none of its rows would
    /// end.</summary>
    public IReadOnlyList<string> Formats { get; } = Precision.HasBfloat16 ? ["fp32", "bf16"] : ["fp32"];

    public IReadOnlyList<SuiteRow> Rows => _rows;

    public static ScalarType TypeOf(string format) => format == "fp32" ? ScalarType.Float32 : ScalarType.BFloat16;

    public void Add(SuiteRow row)
    {
        _rows.Add(row);
        told(row);
    }

    /// <summary>A row whose floor is the rate of packed products.</summary>
    /// <param name="row">The row.</param>
    /// <param name="format">Of the products.</param>
    /// <param name="rate">What it does, operations a second.</param>
    public void AddWithShare(SuiteRow row, string format, double rate) =>
        Add(row with { Floor = $"product {format}", Share = rate / ProductRate(format) });

    /// <summary>Sides of the products that are measured.</summary>
    public static IReadOnlyList<int> Cubes { get; } = [1024, 2048];

    /// <summary>Operations a second of a product of packed weights, the better of the two: the floor of towers.</summary>
    public double ProductRate(string format) =>
        _rates.TryGetValue(format, out var rate) ? rate : _rates[format] = Cubes.Max(side => PackedRate(format, side).Median);

    /// <summary>The same of a size.</summary>
    public Spread PackedRate(string format, int side)
    {
        using var scope = NewDisposeScope();
        using var product = new PackedLinear(randn(side, side), null, TypeOf(format));
        var rows = randn(side, side).to(TypeOf(format));
        return Rate(2 * Math.Pow(side, 3), () => product.Apply(rows).Dispose());
    }

    /// <summary>How much a second.</summary>
    public Spread Rate(double amount, Action work) =>
        Spread.Of(Turns.Of(rounds, 5, work).Seconds[0].Select(seconds => amount / seconds));
}
