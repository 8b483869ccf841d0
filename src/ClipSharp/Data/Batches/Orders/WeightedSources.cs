using ClipSharp.Data.Sets;

namespace ClipSharp.Data.Batches.Orders;

/// <summary>Draws samples with replacement, each as often as the factor of its source says.</summary>
internal sealed class WeightedSources
{
    private readonly IReadOnlyList<long> _starts;
    private readonly double[] _ends; // of the sources' shares, rising to their sum

    /// <param name="set">The samples.</param>
    /// <param name="factors">How often a sample of each source is drawn beside those of the others; empty = alike.</param>
    /// <exception cref="ClipException">There are not as many factors as sources.</exception>
    public WeightedSources(ITrainingSet set, IReadOnlyList<double> factors)
    {
        _starts = set.SourceStarts;
        var sources = _starts.Count - 1;
        if (factors.Count > 0 && factors.Count != sources)
        {
            throw new ClipException(ClipError.Usage, "The weights of the sources do not fit", "--train-data-upsampling-factors",
                FormattableString.Invariant($"{factors.Count} for {sources} {(sources == 1 ? "source" : "sources")}"),
                "one for each",
                "Join both alike: --train-data \"a/*.tar::b/*.tar\" --train-data-upsampling-factors 1::2.");
        }

        _ends = new double[sources];
        for (var (source, sum) = (0, 0.0); source < sources; source++)
        {
            sum += (factors.Count > 0 ? factors[source] : 1) * (_starts[source + 1] - _starts[source]);
            _ends[source] = sum;
        }
    }

    /// <summary>One sample.</summary>
    public long Draw(ref RandomStream random)
    {
        var place = random.NextDouble() * _ends[^1];
        var source = 0;
        while (source < _ends.Length - 1 && place >= _ends[source])
        {
            source++;
        }

        return _starts[source] + random.NextInt64(_starts[source + 1] - _starts[source]);
    }
}
