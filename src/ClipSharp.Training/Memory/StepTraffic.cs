using ClipSharp.Models;

namespace ClipSharp.Training.Memory;

/// <summary>What a process sends and gets in a step, beside what it computes: figures of the arithmetic, not of a
/// machine.</summary>
/// <param name="Processes">N.</param>
/// <param name="GradientBytes">Gradients, or with sharing gradients and weights: twice (N - 1) / N of all numbers, as a ring
/// sends them.</param>
/// <param name="FeatureBytes">Features of all pairs, and what is said of them.</param>
/// <param name="Operations">Floating-point operations of both towers there and back, recomputation not counted.</param>
public sealed record StepTraffic(int Processes, long GradientBytes, long FeatureBytes, double Operations)
{
    private const double Gigabit = 1e9 / 8;

    internal static StepTraffic Of(ModelConfig config, TrainOptions options, int processes)
    {
        var cost = ModelCost.Of(config);
        var layers = new TowerLayers(config);
        var trained = StateDictShapes.Of(config).Concat(LowRankWeights.Of(config, options)).Where(entry => !entry.IsBuffer && !layers.IsLocked(entry.Name, options))
            .Sum(entry => entry.Shape.Aggregate(1L, (product, side) => product * side));
        var (pairs, mine) = ((long)options.BatchSize, (long)options.BatchSize / processes);
        return new StepTraffic(processes, 2 * (processes - 1) * sizeof(float) * trained / processes,
            4 * (pairs - mine) * sizeof(float) * config.EmbedDim, // two gathers, two sums of shares
            6.0 * mine * (cost.ImageMultiplyAdds + cost.TextMultiplyAdds)); // an add and a product, once there and twice back
    }

    /// <summary>Seconds at a rate.</summary>
    /// <param name="gigabits">Gbit/s of a process.</param>
    public double Seconds(double gigabits) => (GradientBytes + FeatureBytes) / (gigabits * Gigabit);

    /// <summary>One line for people.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"Communication: {ByteSize.Mebibytes(GradientBytes)} of gradients and {ByteSize.Mebibytes(FeatureBytes)} of features a process and step: {Seconds(1):0.00} s at 1 Gbit/s, {Seconds(10):0.000} s at 10, {Seconds(100):0.0000} s at 100; {Operations / 1e9:N0} GFLOP to compute meanwhile");
}
