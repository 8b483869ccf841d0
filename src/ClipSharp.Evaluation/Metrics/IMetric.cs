namespace ClipSharp.Evaluation.Metrics;

/// <summary>A number of a metric for rows that count so often.</summary>
/// <param name="times">[N]: how often each row counts; 1 each is the number itself, anything else a resample.</param>
/// <returns>The number; NaN where there is none to be had.</returns>
public delegate double WeightedValue(ReadOnlySpan<int> times);

/// <summary>Turns outcomes into a number. Knows no task, no file and no chance but the one by guessing.</summary>
public interface IMetric
{
    /// <summary>As CLIP_benchmark spells it, such as "acc1".</summary>
    string Name { get; }

    /// <summary>What kind of number it is.</summary>
    MetricUnit Unit { get; }

    /// <summary>Does what need be done but once, such as sorting.</summary>
    /// <param name="outcomes">The rows; kept.</param>
    /// <returns>The number for any weights of these rows; called by one thread at a time.</returns>
    WeightedValue Prepare(Outcomes outcomes);

    /// <summary>What guessing gives, or null where that is not known.</summary>
    double? Chance(Outcomes outcomes) => null;

    /// <summary>Whether a row counts by a share only, because something else scores the same.</summary>
    bool IsTied(in Outcome row) => false;

    /// <summary>As how many independent rows the outcomes are worth, for the exact interval of a share that the bootstrap
    /// cannot give because all rows are alike.</summary>
    double Worth(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return outcomes.UnitCount;
    }
}
