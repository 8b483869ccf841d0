namespace ClipSharp.Data.Index;

/// <summary>Counts what was left out, by reason, and keeps it: one entry for each sample or shard at most. The first
/// <see cref="MostHeld"/> losses are held in memory, later ones in a temporary file, where there is a place for one.
/// Thread-safe.</summary>
public sealed class SkipReport
{
    /// <summary>How many examples of each reason are shown.</summary>
    public const int ExamplesShown = 5;

    /// <summary>How many losses are held in memory.</summary>
    public const int MostHeld = 10_000;

    private readonly Lock _gate = new();
    private readonly long[] _counts = new long[Enum.GetValues<SkipReason>().Length];
    private readonly List<Skip> _losses = [];
    private readonly List<Skip> _examples = [];
    private readonly SkipOverflow _overflow = new();

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

    /// <summary>The first losses, at most <see cref="MostHeld"/>, in the order in which they were met; <see cref="LeftOutFile"/>
    /// writes all.</summary>
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
            lock (_gate)
            {
                return [.. _examples];
            }
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
            if (++_counts[(int)skip.Reason] <= ExamplesShown)
            {
                _examples.Add(skip);
            }

            if (_losses.Count < MostHeld || !_overflow.TryAdd(skip))
            {
                _losses.Add(skip);
            }
        }
    }

    /// <summary>One line, such as "2 NoCaption, 1 TruncatedShard"; "nothing" when nothing was left out.</summary>
    public override string ToString() =>
        Total == 0 ? "nothing" : string.Join(", ", Counts.Select(c => string.Create(null, $"{c.Value} {c.Key}")));

    /// <summary>Counts all of these there, too.</summary>
    internal void AddTo(SkipReport other)
    {
        lock (_gate)
        {
            _losses.ForEach(other.Add);
            foreach (var line in _overflow.Lines())
            {
                other.Add(LeftOutFile.Parse(line));
            }
        }
    }

    /// <summary>Every loss, as a line of JSON without its end; those in memory by file and key, since threads met them in any
    /// order.</summary>
    internal void EachLine(Action<byte[]> write)
    {
        lock (_gate)
        {
            foreach (var skip in _losses.OrderBy(loss => loss.File, StringComparer.Ordinal)
                .ThenBy(loss => loss.Key, StringComparer.Ordinal))
            {
                write(LeftOutFile.Line(skip));
            }

            foreach (var line in _overflow.Lines())
            {
                write(line);
            }
        }
    }
}
