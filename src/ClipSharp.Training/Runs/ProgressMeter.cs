using System.Diagnostics;

namespace ClipSharp.Training.Runs;

/// <summary>Measures a run's speed: the time of training alone, and rates over the steps since the last report.</summary>
/// <param name="setup">How long the run is.</param>
/// <param name="start">Updates done before.</param>
/// <param name="before">Time spent before.</param>
internal sealed class ProgressMeter(TrainingSetup setup, long start, TimeSpan before)
{
    private readonly Stopwatch _training = new();
    private readonly Stopwatch _window = Stopwatch.StartNew();
    private TimeSpan _waited, _begun;
    private long _since = start;

    /// <summary>The run's time spent in loading and stepping, evaluations and saves not counted.</summary>
    public TimeSpan Spent => before + SpentHere;

    /// <summary>The same of this process alone.</summary>
    public TimeSpan SpentHere => _training.Elapsed;

    /// <summary>A step begins.</summary>
    public void Begin() => _training.Start();

    /// <summary>A step is done.</summary>
    /// <param name="waited">For how long it waited for data.</param>
    /// <returns>How long it took.</returns>
    public TimeSpan End(TimeSpan waited)
    {
        _training.Stop();
        _waited += waited;
        var took = _training.Elapsed - _begun;
        _begun = _training.Elapsed;
        return took;
    }

    /// <summary>What follows is not the training's.</summary>
    public void Pause() => _window.Stop();

    /// <summary>Training goes on.</summary>
    public void GoOn() => _window.Start();

    /// <summary>Rates since the last report.</summary>
    /// <param name="step">Updates done.</param>
    /// <param name="done">The last one.</param>
    public TrainingProgress Report(long step, StepDone done)
    {
        var seconds = Math.Max(1e-9, _window.Elapsed.TotalSeconds);
        var rate = (step - _since) * setup.Options.BatchSize / seconds;
        var left = TimeSpan.FromSeconds((setup.Steps - step) * setup.Options.BatchSize / Math.Max(1e-9, rate));
        var progress = new TrainingProgress(done, setup.Steps, (double)step / setup.StepsPerEpoch, rate,
            _waited.TotalSeconds / seconds, left);
        (_waited, _since) = (TimeSpan.Zero, step);
        _window.Restart();
        return progress;
    }
}
