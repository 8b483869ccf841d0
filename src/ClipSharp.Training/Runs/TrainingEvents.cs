namespace ClipSharp.Training.Runs;

/// <summary>What happens in a run, for whoever shows it.</summary>
public abstract record TrainingEvent;

/// <summary>A fact worth a line, such as the precision that was chosen.</summary>
/// <param name="Text">The line.</param>
public sealed record TrainingNote(string Text) : TrainingEvent;

/// <summary>Something that may spoil the run.</summary>
/// <param name="Text">The line.</param>
public sealed record TrainingWarning(string Text) : TrainingEvent;

/// <summary>A step is done.</summary>
/// <param name="Result">What it did.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="Epoch">Passes over the data done.</param>
/// <param name="SamplesPerSecond">Over the last steps, both data and model.</param>
/// <param name="DataShare">The share of the time in which the model waited for data, 0 to 1.</param>
/// <param name="Left">Time left, evaluations not counted.</param>
public sealed record TrainingProgress(StepDone Result, long Steps, double Epoch, double SamplesPerSecond, double DataShare, TimeSpan Left)
    : TrainingEvent;

/// <summary>An evaluation is done.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Epoch">Passes over the data done.</param>
/// <param name="Values">Name and value.</param>
public sealed record TrainingEvaluated(long Step, double Epoch, IReadOnlyList<KeyValuePair<string, double>> Values) : TrainingEvent;

/// <summary>A checkpoint is safe on the disk.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="Step">Updates done.</param>
public sealed record CheckpointWritten(string Path, long Step) : TrainingEvent;
