using ClipSharp.Torch;

namespace ClipSharp.Training.Runs.Evaluations;

/// <summary>Evaluates the model when that is due: every so many steps, or else after epochs; and after the last step.</summary>
/// <param name="setup">What is evaluated.</param>
/// <param name="folder">Gets the values.</param>
/// <param name="evaluate">Returns names and values, or none.</param>
/// <param name="best">Keeps the best model.</param>
/// <param name="tell">Gets the values too.</param>
internal sealed class ScheduledEvaluation(
    TrainingSetup setup, RunFolder folder, ModelEvaluation evaluate, BestKeeper best, Action<TrainingEvent> tell)
{
    /// <summary>Whether there may be something to evaluate.</summary>
    /// <param name="step">Updates done.</param>
    public bool IsDue(long step) =>
        step == setup.Steps || step % (setup.Options.EvalSteps is > 0 and var steps ? steps : setup.StepsPerEpoch) == 0;

    /// <summary>Evaluates. The best model is kept before its values are written: values that are there need no second
    /// look.</summary>
    /// <param name="step">Updates done.</param>
    /// <param name="cancel">Stops it: then nothing is written, and a resume makes up for it.</param>
    /// <returns>Whether the run may go on.</returns>
    /// <exception cref="ClipException">The evaluations do not give the metric to be best by.</exception>
    public bool Run(long step, CancellationToken cancel)
    {
        try
        {
            var (values, failed) = Evaluate(step, cancel);
            var note = best.After(step, values, IsWhole(step) && !failed);
            if (values.Where(value => double.IsFinite(value.Value)).ToList() is { Count: > 0 } finite)
            {
                folder.Measure(step, "eval", [.. finite.Select(value => KeyValuePair.Create(value.Name, value.Value))]);
                tell(new TrainingEvaluated(step, (double)step / setup.StepsPerEpoch, finite));
            }

            if (note is not null)
            {
                tell(note);
            }

            return true;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    // Averages stand in the model only here.
    private (IReadOnlyList<EvaluatedValue> Values, bool Failed) Evaluate(long step, CancellationToken cancel)
    {
        var failed = false;
        using var averaged = setup.Average?.Enter();
        using var encoder = new TorchEncoder(setup.Model, setup.Precision);
        try
        {
            var values = evaluate(new TrainedModel(encoder, setup.Tokenizer, setup.Config, setup.Preprocess, step,
                (int)(step / setup.StepsPerEpoch), step == setup.Steps, Warn), cancel);
            return (values, failed);
        }
        catch (ClipException e)
        {
            Warn(e.Message);
            return ([], failed);
        }

        void Warn(string fault)
        {
            failed = true;
            tell(new TrainingWarning(FormattableString
                .Invariant($"Step {step} could not be evaluated, training goes on: {fault}")));
        }
    }

    // Whether every data set that is evaluated at all is due.
    private bool IsWhole(long step)
    {
        var options = setup.Options;
        (string? Data, int Frequency)[] sets =
        [
            (options.ValData, options.ValFrequency), (options.ZeroshotData, options.ZeroshotFrequency),
            (options.EvalData, options.EvalFrequency),
        ];
        return step == setup.Steps || options.EvalSteps > 0
            || sets.All(set => set is { Data: null } or { Frequency: 0 }
                || step / setup.StepsPerEpoch % set.Frequency == 0);
    }
}
