using ClipSharp.Torch;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>What the parts of a run share: options, and where rows go.</summary>
internal sealed class SuiteRun(string vocabulary, int rounds, bool isQuick, IReadOnlyList<string> exports, Action<SuiteRow> told)
{
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

    public void Add(SuiteRow row)
    {
        _rows.Add(row);
        told(row);
    }

    /// <summary>How much a second.</summary>
    public Spread Rate(double amount, Action work) =>
        Spread.Of(Turns.Of(rounds, 5, work).Seconds[0].Select(seconds => amount / seconds));
}
