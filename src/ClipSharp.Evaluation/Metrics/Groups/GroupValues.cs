namespace ClipSharp.Evaluation.Metrics.Groups;

/// <summary>The mean of a number of the rows within each group.</summary>
internal sealed class GroupValues
{
    private readonly double[] _values;
    private readonly int[] _groups;
    private readonly double[] _sums;
    private readonly long[] _counts;

    /// <param name="metric">Gives the numbers.</param>
    /// <param name="outcomes">The rows; those of no group are passed over.</param>
    /// <param name="except">Names of groups that are passed over too.</param>
    public GroupValues(RowMean metric, Outcomes outcomes, IReadOnlyList<string>? except = null)
    {
        _values = [.. outcomes.Rows.Select(row => metric.ValueOf(row))];
        _groups = [.. outcomes.Rows.Select(row => except is not null && row.Group >= 0 && outcomes.Groups is { } names
            && except.Contains(names[row.Group]) ? -1 : row.Group)];
        _sums = new double[_groups.Max() + 1];
        _counts = new long[_sums.Length];
    }

    /// <summary>How many rows the smallest group has.</summary>
    public int Smallest => _groups.Where(group => group >= 0).CountBy(group => group).Select(size => size.Value)
        .DefaultIfEmpty(1).Min();

    /// <summary>The means of the groups that occur.</summary>
    public IEnumerable<double> Means(ReadOnlySpan<int> times)
    {
        Array.Clear(_sums);
        Array.Clear(_counts);
        for (var row = 0; row < _groups.Length; row++)
        {
            if (_groups[row] is >= 0 and var group)
            {
                _sums[group] += times[row] * _values[row];
                _counts[group] += times[row];
            }
        }

        return _sums.Zip(_counts).Where(group => group.Second > 0).Select(group => group.First / group.Second);
    }
}
