using System.Diagnostics;
using ClipSharp.Data.Batches;
using ClipSharp.Training.Optimization;
using ClipSharp.Training.Runs;

namespace ClipSharp.Training.Doctor;

/// <summary>One batch learnt by heart: a recipe that cannot do that learns nothing from many. Its pictures are cut and changed
/// once, as the recipe says, and seen so at every step: another cut each time would have to be generalised to, which is more than
/// memory.</summary>
/// <param name="Pairs">Pairs of the batch.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="First">The loss before the first.</param>
/// <param name="Last">The loss at the last.</param>
/// <param name="Goal">The loss that proves it: half of guessing's.</param>
/// <param name="SecondsAStep">The middle one.</param>
/// <param name="IsFinite">Whether every loss and gradient was a number.</param>
internal sealed record OverfitTrial(int Pairs, int Steps, double First, double Last, double Goal, double SecondsAStep,
    bool IsFinite)
{
    private const int MostSteps = 300;
    private const int FewSteps = 50;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(90);

    /// <summary>Whether the loss came down.</summary>
    public bool Learns => Last <= Goal;

    /// <summary>Whether the trial ended for lack of time before it could tell.</summary>
    public bool IsOpen => !Learns && IsFinite && Steps < FewSteps;

    /// <summary>Trains a fresh model on one batch, with the recipe's highest rate.</summary>
    public static OverfitTrial Run(TrainingSetup setup, TrainingBatch batch, CancellationToken cancel)
    {
        var trainer = new Trainer(setup.Model, setup.Optimizer,
            new CosineSchedule(setup.Options.Lr, Warmup: 10, Steps: 1_000_000),
            setup.Precision, setup.Options, setup.Average);
        var goal = Math.Log(batch.Pixels.Count) / 2;
        var times = new List<double>();
        var (first, last, isFinite) = (double.NaN, double.NaN, true);
        var clock = Stopwatch.StartNew();
        for (var step = 0; step < MostSteps && !(last <= goal && step > 3) && clock.Elapsed < MostTime; step++)
        {
            cancel.ThrowIfCancellationRequested();
            var begun = clock.Elapsed;
            var done = trainer.Step(step, batch, cancel);
            times.Add((clock.Elapsed - begun).TotalSeconds);
            last = done.Loss;
            first = step == 0 ? last : first;
            isFinite &= !done.Skipped || setup.Trainer.LossScale.IsOn; // a loss scale finds its size by overflowing
        }

        return new OverfitTrial(batch.Pixels.Count, times.Count, first, last, goal, times.Order().ElementAt(times.Count / 2),
            isFinite);
    }
}
