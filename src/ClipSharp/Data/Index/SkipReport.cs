namespace ClipSharp.Data.Index;

/// <summary>One thing left out.</summary>
/// <param name="Reason">Why.</param>
/// <param name="File">The shard, CSV file or picture, by its path.</param>
/// <param name="Key">The sample's key, or "" where a whole shard is meant.</param>
/// <param name="Detail">More, such as the byte position; may be "".</param>
public readonly record struct Skip(SkipReason Reason, string File, string Key, string Detail)
{
    /// <summary>One line, such as "0.tar: 000123 (at byte 4096: a header of 12 bytes)"; names from the data are made
    /// harmless.</summary>
    public override string ToString() => string.Concat(
        (File + (File.EndsWith(Key, StringComparison.Ordinal) ? "" : ": " + Key) + (Detail.Length > 0 ? " (" + Detail + ")" : ""))
        .Select(c => char.IsControl(c) ? '?' : c));
}

/// <summary>Counts what was left out, by reason, and keeps it: one entry for each sample or shard at most. Thread-safe.</summary>
public sealed class SkipReport
{
    /// <summary>How many examples of each reason are shown.</summary>
    public const int ExamplesShown = 5;

    private readonly Lock _gate = new();
    private readonly long[] _counts = new long[Enum.GetValues<SkipReason>().Length];
    private readonly List<Skip> _losses = [];

    /// <summary>All losses together.</summary>
    public long Total
    {
        get
        {
            lock (_gate)
            {
                return _counts.Sum();
            }
        }
    }

    /// <summary>Reasons that occurred and how often, in the order of the enumeration.</summary>
    public IReadOnlyDictionary<SkipReason, long> Counts
    {
        get
        {
            lock (_gate)
            {
                return new SortedDictionary<SkipReason, long>(
                    Enum.GetValues<SkipReason>().Where(r => _counts[(int)r] > 0).ToDictionary(r => r, r => _counts[(int)r]));
            }
        }
    }

    /// <summary>All losses, in the order in which they were met.</summary>
    public IReadOnlyList<Skip> Losses
    {
        get
        {
            lock (_gate)
            {
                return [.. _losses];
            }
        }
    }

    /// <summary>The first few losses of each reason.</summary>
    public IReadOnlyList<Skip> Examples
    {
        get
        {
            var shown = new Dictionary<SkipReason, int>();
            return [.. Losses.Where(loss => (shown[loss.Reason] = shown.GetValueOrDefault(loss.Reason) + 1) <= ExamplesShown)];
        }
    }

    /// <summary>How often a reason occurred.</summary>
    public long Count(SkipReason reason)
    {
        lock (_gate)
        {
            return _counts[(int)reason];
        }
    }

    /// <summary>Counts one loss.</summary>
    public void Add(Skip skip)
    {
        lock (_gate)
        {
            _counts[(int)skip.Reason]++;
            _losses.Add(skip);
        }
    }

    /// <summary>One line, such as "2 NoCaption, 1 TruncatedShard"; "nothing" when nothing was left out.</summary>
    public override string ToString() =>
        Total == 0 ? "nothing" : string.Join(", ", Counts.Select(c => string.Create(null, $"{c.Value} {c.Key}")));
}
