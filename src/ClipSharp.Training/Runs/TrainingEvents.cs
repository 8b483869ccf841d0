using ClipSharp.Files;
using ClipSharp.Training.Runs.Evaluations;

namespace ClipSharp.Training.Runs;

/// <summary>What happens in a run, for whoever shows it. As text it is the line that the console and <c>out.log</c>
/// have.</summary>
public abstract record TrainingEvent
{
    /// <summary>The line.</summary>
    public abstract override string ToString();
}

/// <summary>A fact worth a line, such as the precision that was chosen.</summary>
/// <param name="Text">The line.</param>
public sealed record TrainingNote(string Text) : TrainingEvent
{
    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>How far the work before the first step is, every second where it takes more than two.</summary>
/// <param name="Text">The line; the log does not have it.</param>
public sealed record TrainingPreparation(string Text) : TrainingEvent
{
    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>Something that may spoil the run.</summary>
/// <param name="Text">The line.</param>
public sealed record TrainingWarning(string Text) : TrainingEvent
{
    /// <inheritdoc/>
    public override string ToString() => "warning: " + Text;
}

/// <summary>A step is done.</summary>
/// <param name="Result">What it did.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="Epoch">Passes over the data done.</param>
/// <param name="SamplesPerSecond">Over the last steps, both data and model.</param>
/// <param name="DataShare">The share of the time in which the model waited for data, 0 to 1.</param>
/// <param name="Left">Time left, evaluations not counted.</param>
public sealed record TrainingProgress(StepDone Result, long Steps, double Epoch, double SamplesPerSecond, double DataShare,
    TimeSpan Left)
    : TrainingEvent
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"epoch {Epoch:0.00}  step {Result.Step + 1:N0}/{Steps:N0}  loss {Result.Loss:0.0000}  scale {Result.LogitScale:0.0}  lr {Result.Rate:0.00e+00}  {SamplesPerSecond:0} samples/s  data {100 * DataShare:0} %  left {TimeLeft.Of(Left)}");
}

/// <summary>An evaluation is done.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Epoch">Passes over the data done.</param>
/// <param name="Values">Names and finite values.</param>
public sealed record TrainingEvaluated(long Step, double Epoch, IReadOnlyList<EvaluatedValue> Values)
    : TrainingEvent
{
    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"epoch {Epoch:0.##}{(Epoch == Math.Floor(Epoch) ? "" : $", step {Step}")}: ")
        + string.Join(", ", Values.Select(v => FormattableString.Invariant($"{v.Name} {v.Value:0.####}")));
}

/// <summary>A checkpoint is safe on the disk.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="Step">Updates done.</param>
public sealed record CheckpointWritten(string Path, long Step) : TrainingEvent
{
    /// <inheritdoc/>
    public override string ToString() => "saved " + Path;
}
