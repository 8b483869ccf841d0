using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using ClipSharp.Data.Batches;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;

namespace ClipSharp.Training.Ranks;

/// <summary>The pictures that all processes left out, each once whoever met it, and whether they are too many: the same at every
/// process after the same step.</summary>
/// <param name="ranks">The processes.</param>
/// <param name="set">What they read.</param>
/// <param name="limit">How many may be left out.</param>
internal sealed class RankSkips(ICollective ranks, ITrainingSet set, SkipLimit limit)
{
    private readonly ConcurrentQueue<(long Sample, Skip Skip)> _met = new();
    private readonly HashSet<long> _counted = [];

    /// <summary>Those of all processes, as of the last agreement.</summary>
    public SkipReport All { get; } = new();

    /// <summary>Counts a picture that this process left out (<see cref="BatchLoaderOptions.OnSkip"/>). Thread-safe.</summary>
    public void Add(long sample, Skip skip) => _met.Enqueue((sample, skip));

    /// <summary>Tells the others what was met since, and whether this process cannot go on.</summary>
    /// <returns>Whether any process cannot.</returns>
    public bool Agree(bool cannotGoOn = false)
    {
        var met = new List<(long Sample, Skip Skip)>();
        while (_met.TryDequeue(out var one))
        {
            met.Add(one);
        }

        var votes = ranks.Any(cannotGoOn, met.Count > 0);
        if (votes[1])
        {
            foreach (var (sample, skip) in ranks.WorldSize == 1 ? met : OfAll(met))
            {
                if (_counted.Add(sample))
                {
                    All.Add(skip);
                }
            }
        }

        return votes[0];
    }

    /// <summary>The refusal of too many, at all processes; null where they are few enough.</summary>
    /// <param name="read">Places of whole batches filled so far.</param>
    public ClipException? TooMany(long read)
    {
        try
        {
            limit.Require(set, All, read);
            return null;
        }
        catch (ClipException e)
        {
            return e;
        }
    }

    private IEnumerable<(long Sample, Skip Skip)> OfAll(List<(long Sample, Skip Skip)> mine)
    {
        var text = string.Join('\n', mine.Select(one =>
            one.Sample.ToString(CultureInfo.InvariantCulture) + ' ' + Encoding.UTF8.GetString(LeftOutFile.Line(one.Skip))));
        foreach (var line in ranks.ToldByAll(text)
            .SelectMany(told => told.Split('\n', StringSplitOptions.RemoveEmptyEntries)))
        {
            var end = line.IndexOf(' ', StringComparison.Ordinal);
            yield return (long.Parse(line.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture),
                LeftOutFile.Parse(Encoding.UTF8.GetBytes(line[(end + 1)..])));
        }
    }
}
