namespace ClipSharp.Benchmarks.Suite;

/// <summary>A figure of the suite.</summary>
/// <param name="Part">Such as "inference".</param>
/// <param name="What">Model, work, batch.</param>
/// <param name="Unit">Of both values: "ms", or how many a second.</param>
/// <param name="Ours">What was measured.</param>
/// <param name="Value">Its median.</param>
/// <param name="Rival">Beside what; null = nothing.</param>
/// <param name="RivalValue">Its median.</param>
/// <param name="Ratio">How many times as fast, of each round.</param>
/// <param name="Floor">What cannot be surpassed; null = nothing is known.</param>
/// <param name="Share">Of that.</param>
internal sealed record SuiteRow(string Part, string What, string Unit, string Ours, double Value, string? Rival = null,
    double? RivalValue = null, Spread? Ratio = null, string? Floor = null, double? Share = null)
{
    public const string Milliseconds = "ms";

    /// <summary>Two sides of turns as a row.</summary>
    /// <param name="turns">The turns.</param>
    /// <param name="part">The part.</param>
    /// <param name="what">Model, work, batch.</param>
    /// <param name="ours">Number and name of the side.</param>
    /// <param name="rival">The same of the other.</param>
    /// <param name="unit">Milliseconds, or what <paramref name="amount"/> counts.</param>
    /// <param name="amount">Of a call.</param>
    public static SuiteRow Of(Turns turns, string part, string what, (int Side, string Name) ours, (int Side, string Name) rival,
        string unit = Milliseconds, double amount = 0)
    {
        return new SuiteRow(part, what, unit, ours.Name, Value(ours.Side), rival.Name, Value(rival.Side),
            turns.Ratio(ours.Side, rival.Side));

        double Value(int side) => unit == Milliseconds ? 1e3 * turns.Of(side).Median : amount / turns.Of(side).Median;
    }
}
