namespace ClipSharp.Evaluation.Calibration;

/// <summary>Confidence against accuracy in bins of equal width: the bars of a reliability diagram, whose mean gap is
/// <see cref="CalibrationError"/> (Guo et al. 2017). Where several classes score the same, a row is right by a share.</summary>
public static class ReliabilityBins
{
    /// <summary>How many bins the field takes.</summary>
    public const int Usual = 15;

    /// <summary>All bins from 0 to 1, empty ones too.</summary>
    /// <param name="outcomes">Rows of naming: confidence and place of the truth.</param>
    /// <param name="bins">How many.</param>
    public static IReadOnlyList<ReliabilityBin> Of(Outcomes outcomes, int bins = Usual)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        var ends = Ends(bins);
        var (counts, confidences, right) = (new int[bins], new double[bins], new double[bins]);
        foreach (ref readonly var row in outcomes.Rows.AsSpan())
        {
            var bin = IndexOf(row.Confidence, ends);
            counts[bin]++;
            confidences[bin] += row.Confidence;
            right[bin] += row.Rank.ShareAt(1);
        }

        return [.. Enumerable.Range(0, bins).Select(bin => new ReliabilityBin(ends[bin], ends[bin + 1], counts[bin],
            confidences[bin] / counts[bin], right[bin] / counts[bin]))];
    }

    /// <summary>The ends of the bins, [bins + 1].</summary>
    internal static double[] Ends(int bins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        return [.. Enumerable.Range(0, bins + 1).Select(bin => (double)bin / bins)];
    }

    /// <summary>The bin with low &lt; confidence ≤ high; what rounding took out of 0 to 1 is in the outermost.</summary>
    internal static int IndexOf(double confidence, double[] ends)
    {
        var place = Array.BinarySearch(ends, confidence);
        return Math.Clamp((place < 0 ? ~place : place) - 1, 0, ends.Length - 2);
    }
}
