using System.Globalization;
using ClipSharp.Data.Index;
using static System.FormattableString;

namespace ClipSharp.Data.Sets;

/// <summary>How much of the data may be left out before a run stops: what is counted costs nothing, but a run on half of its data
/// is another run.</summary>
/// <param name="Most">So many samples; null = any number.</param>
/// <param name="MostShare">This share of what was found while indexing, and of the pictures read, 0 to 1; null = all.</param>
public sealed record SkipLimit(long? Most, double? MostShare)
{
    private const long FewestForShare = 1000; // pictures read before their share says something

    // Files that are no samples.
    private static readonly SkipReason[] NoSamples =
        [SkipReason.OtherFile, SkipReason.Hidden, SkipReason.SystemFolder, SkipReason.LinkedFolder];

    /// <summary>Refuses too much that indexing left out.</summary>
    /// <exception cref="ClipException">It is more than the limit (Data).</exception>
    public void Require(ITrainingSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var lost = Lost(set.Skips);
        RequireCount(lost, set.Skips);
        RequireShare(lost, lost + set.Count, set.Skips, "samples found");
    }

    /// <summary>Refuses too much that was left out while pictures were read.</summary>
    /// <param name="set">What is read.</param>
    /// <param name="pictures">What was left out of it.</param>
    /// <param name="read">Places of batches filled so far.</param>
    /// <exception cref="ClipException">It is more than the limit (Data).</exception>
    public void Require(ITrainingSet set, SkipReport pictures, long read)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(pictures);
        var lost = pictures.Total;
        if (lost == 0)
        {
            return;
        }

        RequireCount(lost + Lost(set.Skips), pictures);
        if (read >= Math.Min(FewestForShare, set.Count))
        {
            RequireShare(lost, Math.Min(read, set.Count), pictures, "pictures read");
        }
    }

    private static long Lost(SkipReport skips) => skips.Total - NoSamples.Sum(skips.Count);

    private void RequireCount(long lost, SkipReport skips)
    {
        if (lost > Most)
        {
            throw Exceeded(skips, Invariant($"{lost:N0} samples: {skips}"),
                Invariant($"at most {Most:N0}, as --max-skipped says"));
        }
    }

    private void RequireShare(long lost, long of, SkipReport skips, string what)
    {
        if (MostShare is { } share && lost > share * of)
        {
            throw Exceeded(skips, Invariant($"{lost:N0} of {of:N0} {what}, {Percent((double)lost / of)}: {skips}"),
                $"at most {Percent(share)}, as --max-skipped-share says");
        }
    }

    private static string Percent(double share) => (100 * share).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    private static ClipException Exceeded(SkipReport skips, string found, string expected) => new(ClipError.Data,
        "Too much of the data is left out", skips.Examples[0].ToString(), found, expected,
        "Look at the data with clipsharp data inspect; raise the limit where this is meant.");
}
