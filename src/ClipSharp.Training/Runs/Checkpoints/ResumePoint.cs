namespace ClipSharp.Training.Runs.Checkpoints;

/// <summary>Where a run goes on.</summary>
/// <param name="Path">The checkpoint's folder; it is whole.</param>
/// <param name="State">What it says.</param>
internal sealed record ResumePoint(string Path, TrainingState State);
