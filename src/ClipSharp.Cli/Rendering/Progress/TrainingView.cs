using ClipSharp.Files;
using ClipSharp.Training.Runs;
using static System.FormattableString;

namespace ClipSharp.Cli.Rendering.Progress;

/// <summary>Shows a run: a live line on a terminal, elsewhere a plain line every ten seconds.</summary>
/// <param name="output">Where to show it.</param>
internal sealed class TrainingView(Output output) : IDisposable
{
    private readonly LiveLine _line = output.Live();

    /// <summary>Shows one event.</summary>
    public void Show(TrainingEvent happened)
    {
        if (happened is TrainingProgress or TrainingPreparation)
        {
            _line.Update(happened.ToString());
        }
        else
        {
            _line.Say(happened.ToString());
        }
    }

    /// <summary>Says at once that a wish to stop has come: a step may take minutes.</summary>
    public void Stopping() => _line.Say("Finishing this step, then saving; again to quit at once");

    /// <summary>Says how it ended and where the result is.</summary>
    /// <param name="end">The end.</param>
    /// <param name="goOn">What to type to go on after a stop.</param>
    public void Finish(TrainingEnd end, string goOn)
    {
        _line.Say(end.Steps == 0
            ? "Stopped before the first step; nothing was there to save"
            : Invariant($"{(end.Completed ? "Trained" : "Stopped after")} {end.Steps:N0} {(end.Steps == 1 ? "step" : "steps")} in {TimeLeft.Of(end.Training)}") +
                (end.Completed ? string.Empty : $"; go on with {goOn}"));
        if (end.Checkpoint is { } checkpoint)
        {
            output.Line(checkpoint);
        }
    }

    public void Dispose() => _line.Dispose();
}
