using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Training.Runs.Evaluations;

/// <summary>Keeps the model that is the best so far by <see cref="TrainOptions.BestMetric"/>; of equal ones the
/// first.</summary>
internal sealed class BestKeeper
{
    private readonly TrainingSetup _setup;
    private readonly string _checkpoints;
    private readonly Action<TrainingState, BestCheckpoint> _keep;
    private readonly Func<TrainingState> _state;
    private readonly string? _metric;

    /// <param name="setup">The run.</param>
    /// <param name="checkpoints">Its folder of checkpoints, where the best so far may lie.</param>
    /// <param name="keep">Puts the model as it stands in the place of the best.</param>
    /// <param name="state">Where the run stands.</param>
    /// <param name="tell">Gets what is not as before.</param>
    /// <exception cref="ClipException">The best so far cannot be read.</exception>
    public BestKeeper(TrainingSetup setup, string checkpoints, Action<TrainingState, BestCheckpoint> keep,
        Func<TrainingState> state, Action<TrainingEvent> tell)
    {
        (_setup, _checkpoints, _keep, _state, _metric) = (setup, checkpoints, keep, state, setup.Options.BestMetric);
        if (_metric is null || BestCheckpoint.Read(checkpoints) is not { } found)
        {
            return;
        }

        var path = BestCheckpoint.PathIn(checkpoints);
        if (found.Metric != _metric)
        {
            tell(new TrainingWarning($"The best so far is {found}; by {_metric} it begins anew, and {path} is replaced."));
            return;
        }

        Best = found;
        if (Data(Checkpoint.ReadState(path).Options) != Data(setup.Options))
        {
            tell(new TrainingWarning(
                $"The best so far, {found}, was measured on data by other names; remove {path} where they are others."));
        }

        static (string?, string?, string?) Data(TrainOptions options) =>
            (options.ValData, options.ZeroshotData, options.EvalData);
    }

    /// <summary>The best so far, or null.</summary>
    public BestCheckpoint? Best { get; private set; }

    /// <summary>What to say at the end, or null.</summary>
    public string? Summary => _metric is null ? null
        : Best is not null ? $"best: {Best}, {BestCheckpoint.PathIn(_checkpoints)}"
        : $"best: none yet, no evaluation gave a finite {_metric}";

    /// <summary>Keeps the model where an evaluation gave a better value.</summary>
    /// <param name="step">Updates done.</param>
    /// <param name="values">What the evaluation gave.</param>
    /// <param name="isWhole">Whether everything was evaluated, so that a metric which is missing does not exist.</param>
    /// <returns>What to say of it, or null.</returns>
    /// <exception cref="ClipException">There is no such metric.</exception>
    public TrainingEvent? After(long step, IReadOnlyList<EvaluatedValue> values, bool isWhole)
    {
        if (_metric is null || values.Count == 0)
        {
            return null;
        }

        if (values.Cast<EvaluatedValue?>().FirstOrDefault(value => value!.Value.Name == _metric) is not { } value)
        {
            return !isWhole ? null : throw new ClipException(ClipError.Usage, "No evaluation gives the metric to be best by",
                "--best-metric", _metric, string.Join(", ", values.Select(each => each.Name)),
                "The run is saved; go on with --resume latest and one of these.");
        }

        var isBetter = double.IsFinite(value.Value) && (Best is null
            || (value.LowerIsBetter ? value.Value < Best.Value : value.Value > Best.Value));
        return isBetter
            ? Keep(new BestCheckpoint
            {
                Metric = _metric,
                Value = value.Value,
                Step = step,
                Epoch = (double)step / _setup.StepsPerEpoch,
            })
            : null;
    }

    private TrainingEvent Keep(BestCheckpoint best)
    {
        try
        {
            _keep(_state(), best);
            Best = best;
            return new TrainingNote($"best so far: {best}, {BestCheckpoint.PathIn(_checkpoints)}");
        }
        catch (ClipException e)
        {
            Best = BestCheckpoint.Read(_checkpoints); // it may be written all the same, and only not have its name
            return new TrainingWarning(FormattableString
                .Invariant($"Step {best.Step} could not be kept as the best, training goes on: {e.Message}"));
        }
    }
}
