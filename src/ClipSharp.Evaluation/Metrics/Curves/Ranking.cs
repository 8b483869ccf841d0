namespace ClipSharp.Evaluation.Metrics.Curves;

/// <summary>Rows by falling score; equal scores stay in the order of the rows.</summary>
internal sealed class Ranking
{
    private readonly int[] _rows;
    private readonly bool[] _isPositive;
    private readonly bool[] _endsTie; // whether the next row scores less

    /// <param name="outcomes">The rows.</param>
    /// <param name="rows">Which of them are ranked.</param>
    /// <param name="score">By what.</param>
    /// <param name="isPositive">What ought to stand in front.</param>
    /// <param name="tolerance">By how much neighbours may differ and still score the same.</param>
    public Ranking(Outcomes outcomes, IEnumerable<int> rows, Func<Outcome, double> score, Func<Outcome, bool> isPositive,
        double tolerance = 0)
    {
        (int Row, double Score)[] sorted =
            [.. rows.Select(row => (row, score(outcomes[row]))).OrderByDescending(row => row.Item2)];
        _rows = [.. sorted.Select(row => row.Row)];
        _isPositive = [.. _rows.Select(row => isPositive(outcomes[row]))];
        _endsTie = new bool[_rows.Length];
        for (var place = 0; place < _rows.Length; place++)
        {
            _endsTie[place] = place == _rows.Length - 1 || sorted[place].Score - sorted[place + 1].Score > tolerance;
        }
    }

    /// <summary>Sum over the recalls that are reached of precision times the gain in recall; equal scores are reached at once, as
    /// scikit-learn has it. NaN without a positive row.</summary>
    public double AveragePrecision(ReadOnlySpan<int> times)
    {
        var (positive, all, before, sum) = (0L, 0L, 0L, 0.0);
        for (var place = 0; place < _rows.Length; place++)
        {
            var count = times[_rows[place]];
            all += count;
            positive += _isPositive[place] ? count : 0;
            if (_endsTie[place] && positive > before)
            {
                sum += (positive - before) * ((double)positive / all);
                before = positive;
            }
        }

        return sum / positive;
    }

    /// <summary>The share of pairs of a positive and another row in which the positive one scores higher; equal scores are half a
    /// pair. NaN where one kind is missing.</summary>
    public double RocAuc(ReadOnlySpan<int> times)
    {
        // Counted in halves of pairs.
        var (positive, negative, tiedPositive, tiedNegative, pairs) = (0L, 0L, 0L, 0L, 0.0);
        for (var place = 0; place < _rows.Length; place++)
        {
            var count = times[_rows[place]];
            tiedPositive += _isPositive[place] ? count : 0;
            tiedNegative += _isPositive[place] ? 0 : count;
            if (_endsTie[place])
            {
                pairs += (double)tiedNegative * ((2 * positive) + tiedPositive);
                (positive, negative) = (positive + tiedPositive, negative + tiedNegative);
                (tiedPositive, tiedNegative) = (0, 0);
            }
        }

        return pairs / (2.0 * positive * negative);
    }

    /// <summary>PASCAL VOC's measures, with each precision raised to the best at its recall or beyond. NaN without a positive
    /// row.</summary>
    /// <returns>The mean over the recalls 0, 0.1 ... 1, and the area below the curve.</returns>
    public (double ElevenPoints, double Area) Voc(ReadOnlySpan<int> times)
    {
        var (positive, all) = (0L, 0L);
        for (var place = 0; place < _rows.Length; place++)
        {
            all += times[_rows[place]];
            positive += _isPositive[place] ? times[_rows[place]] : 0;
        }

        // Backwards: only the last copy of a positive row counts, no other of its recall or a lower one is more precise.
        var (left, best, area, points, point) = (positive, 0.0, 0.0, 0.0, 10);
        for (var place = _rows.Length - 1; place >= 0; place--)
        {
            var count = times[_rows[place]];
            if (_isPositive[place] && count > 0)
            {
                for (; point >= 0 && (double)left / positive < point / 10.0; point--)
                {
                    points += best;
                }

                best = Math.Max(best, (double)left / all);
                area += best * count;
                left -= count;
            }

            all -= count;
        }

        return positive == 0 ? (double.NaN, double.NaN) : ((points + (best * (point + 1))) / 11, area / positive);
    }
}
