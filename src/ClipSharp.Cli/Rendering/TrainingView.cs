using System.Globalization;
using ClipSharp.Training.Runs;

namespace ClipSharp.Cli.Rendering;

/// <summary>Shows a run: a live line on a terminal, elsewhere a plain line every ten seconds.</summary>
internal sealed class TrainingView(Output output) : IDisposable
{
    private readonly LiveLine _line = output.Live();

    /// <summary>Shows one event.</summary>
    public void Show(TrainingEvent happened)
    {
        switch (happened)
        {
            case TrainingProgress progress:
                _line.Update(Describe(progress));
                break;
            case TrainingNote note:
                _line.Say(note.Text);
                break;
            case TrainingWarning warning:
                _line.Say("warning: " + warning.Text);
                break;
            case TrainingEvaluated done:
                _line.Say(Invariant($"epoch {done.Epoch:0.#}: ") + string.Join(", ", done.Values.Select(v => Invariant($"{v.Key} {v.Value:0.####}"))));
                break;
            case CheckpointWritten written:
                _line.Say("saved " + written.Path);
                break;
        }
    }

    /// <summary>Says how it ended and where the result is.</summary>
    public void Finish(TrainingEnd end)
    {
        _line.Say(end.Steps == 0
            ? "Stopped before the first step; nothing was there to save"
            : Invariant($"{(end.Completed ? "Trained" : "Stopped after")} {end.Steps:N0} steps in {end.Training.TotalMinutes:0.0} minutes") +
                (end.Completed ? string.Empty : "; go on with --resume latest"));
        if (end.Checkpoint is { } checkpoint)
        {
            output.Line(checkpoint);
        }
    }

    public void Dispose() => _line.Dispose();

    private static string Describe(TrainingProgress p) => Invariant(
        $"epoch {p.Epoch:0.00}  step {p.Result.Step + 1:N0}/{p.Steps:N0}  loss {p.Result.Loss:0.0000}  scale {p.Result.LogitScale:0.0}  lr {p.Result.Rate:0.00e+00}  {p.SamplesPerSecond:0} samples/s  data {100 * p.DataShare:0} %  left {Duration(p.Left)}");

    private static string Duration(TimeSpan time) => time.TotalHours >= 1 ? Invariant($"{(int)time.TotalHours} h {time.Minutes:00} min")
        : time.TotalMinutes >= 1 ? Invariant($"{time.Minutes} min {time.Seconds:00} s") : Invariant($"{time.Seconds} s");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
