using ClipSharp.Data.Sets;
using ClipSharp.Data.Shards;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Data.Batches;

/// <summary>The fetched shards that lanes read now and next. What is read for a few windows is known beforehand: as many of these
/// shards as the cache has room for are brought in the order in which they are wanted, and stay open until they are read, so that
/// the cache removes none of them. Thread-safe.</summary>
internal sealed class LaneShards : IDisposable
{
    private const int WindowsAhead = 8;
    private const int MostFetched = 4; // at once

    private readonly Lock _gate = new();
    private readonly BatchPlan _plan;
    private readonly IReadOnlyList<CachedShard?> _parts;
    private readonly long[] _starts;
    private readonly Range _rows;
    private readonly (long First, long End) _steps;
    private readonly long _room;
    private readonly Queue<Window> _windows = new();
    private readonly Dictionary<CachedShard, Task<SafeFileHandle>> _held = new(ReferenceEqualityComparer.Instance);
    private long _current;
    private bool _isStopped;

    private LaneShards(FetchedData data, ITrainingSet set, BatchPlan plan, Range rows, (long First, long End) steps, int sharers)
    {
        (_plan, _parts, _starts, _rows, _steps) = (plan, data.Parts, [.. set.PartStarts], rows, steps);
        _room = data.Room / sharers;
        var lanes = plan.RunsOf(steps.First)!.Lanes.Distinct().Count(IsOurs);
        var needed = data.Largest(lanes);
        Note = data.Fits || needed <= _room ? null : FormattableString.Invariant(
            $"The cache of shards is too small for the order of shards (--shard-cache-gigabytes): found {ByteSize.Fitting(_room)}, expected {ByteSize.Fitting(needed)}, a shard for each of {lanes:N0} lanes; shards will be fetched many times an epoch. Give it more, or make smaller shards.");
    }

    /// <summary>Why shards are fetched more often than once an epoch, as a line; null where they are not.</summary>
    public string? Note { get; }

    /// <summary>Those of a set; null where nothing of it is fetched, or the plan has no lanes.</summary>
    /// <param name="set">The samples.</param>
    /// <param name="plan">Which make up the batches.</param>
    /// <param name="rows">Which rows of each batch are wanted.</param>
    /// <param name="steps">The first step, and one past the last.</param>
    /// <param name="sharers">Processes that share the cache for one plan.</param>
    public static LaneShards? Of(ISequentialSet set, BatchPlan plan, Range rows, (long First, long End) steps, int sharers) =>
        plan.RunsOf(steps.First) is not null && FetchedData.Of(set) is { } data
            ? new LaneShards(data, set, plan, rows, steps, sharers)
            : null;

    /// <summary>A window is begun; those before the last one are done with.</summary>
    /// <param name="firstStep">Its first step, or the first that is wanted of it.</param>
    public void Begin(long firstStep)
    {
        lock (_gate)
        {
            while (_windows.TryPeek(out var window) && window.FirstStep < _current)
            {
                _windows.Dequeue();
            }

            _current = firstStep;
            Extend();
            Pump();
        }
    }

    /// <summary>A run is in memory: its shard is not wanted for it any more.</summary>
    /// <param name="firstStep">The window's first step.</param>
    /// <param name="run">Its number in the window.</param>
    public void Read(long firstStep, int run)
    {
        lock (_gate)
        {
            if (_windows.FirstOrDefault(window => window.FirstStep == firstStep) is { } found)
            {
                found.Wanted[run] = null;
                Pump();
            }
        }
    }

    /// <summary>Closes the shards; what is on its way is closed when it arrives.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
            foreach (var held in _held.Values)
            {
                Close(held);
            }

            _held.Clear();
        }
    }

    private void Extend()
    {
        var next = _windows.Count == 0 ? _current : _windows.Max(window => window.EndStep);
        while (next < _steps.End && _windows.Count(window => window.FirstStep > _current) < WindowsAhead)
        {
            var read = _plan.RunsOf(next)!;
            _windows.Enqueue(new Window(read.FirstStep, read.FirstStep + read.Steps,
                [.. read.Runs.Zip(read.Lanes).Select(run => IsOurs(run.Second) ? PartOf(run.First.First) : null)]));
            next = read.FirstStep + read.Steps;
        }
    }

    // Holds what is wanted next, as far as there is room, and gives the rest free.
    private void Pump()
    {
        if (_isStopped)
        {
            return;
        }

        // The very next, then what is here already and will be wanted again, then what is to come.
        var coming = _windows.SelectMany(window => window.Wanted).OfType<CachedShard>()
            .Distinct<CachedShard>(ReferenceEqualityComparer.Instance).ToList();
        var (near, wanted, room) = (_room / 2, new HashSet<CachedShard>(ReferenceEqualityComparer.Instance), _room);
        foreach (var shard in coming.TakeWhile(shard => (near -= shard.Length) >= 0)
            .Concat(coming.Where(_held.ContainsKey)).Concat(coming))
        {
            if (!wanted.Contains(shard))
            {
                room -= shard.Length;
                if (room < 0)
                {
                    break;
                }

                wanted.Add(shard);
            }
        }

        foreach (var (shard, held) in _held.Where(held => !wanted.Contains(held.Key)).ToList())
        {
            Close(held);
            _held.Remove(shard);
        }

        foreach (var shard in wanted)
        {
            if (_held.Values.Count(held => !held.IsCompleted) >= MostFetched)
            {
                return;
            }

            if (!_held.ContainsKey(shard))
            {
                _held[shard] = Task.Run(shard.Open);
                _held[shard].ContinueWith(Arrived, TaskScheduler.Default);
            }
        }
    }

    private void Arrived(Task<SafeFileHandle> opened)
    {
        _ = opened.Exception; // told where the shard is wanted, where it is asked for again
        lock (_gate)
        {
            Pump();
        }
    }

    private static void Close(Task<SafeFileHandle> held) => held.ContinueWith(
        opened =>
        {
            if (opened.IsCompletedSuccessfully)
            {
                opened.Result.Dispose();
            }
        },
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private bool IsOurs(Range lane)
    {
        var (first, count) = _rows.GetOffsetAndLength(_plan.BatchSize);
        return lane.Start.Value < first + count && lane.End.Value > first;
    }

    private CachedShard? PartOf(long sample)
    {
        var place = Array.BinarySearch(_starts, sample);
        var part = place < 0 ? ~place - 1 : place;
        while (_starts[part + 1] == sample)
        {
            part++; // an empty part begins where the next one does
        }

        return _parts[part];
    }

    // Of each run the shard, until it is read.
    private sealed record Window(long FirstStep, long EndStep, CachedShard?[] Wanted);
}
