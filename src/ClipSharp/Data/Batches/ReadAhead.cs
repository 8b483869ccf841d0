using ClipSharp.Data.Batches.Orders;
using ClipSharp.Data.Sets;

namespace ClipSharp.Data.Batches;

/// <summary>Reads what the next batches of a plan need, run after run from front to back, on a thread of its own: the runs of the
/// window under way, and those of the next one where there is room. <see cref="For"/> is called in the order of the steps, by one
/// thread at a time.</summary>
internal sealed class ReadAhead : IDisposable
{
    private readonly object _gate = new();
    private readonly ISequentialSet _set;
    private readonly BatchPlan _plan;
    private readonly long _mostBytes;
    private readonly Range _rows;
    private readonly long _end;
    private readonly LaneShards? _shards;
    private readonly Queue<Reading> _waiting = new();
    private readonly HashSet<AheadRun> _held = [];
    private readonly Thread _thread;
    private (long FirstStep, AheadRun?[] Runs) _current = (-1, []), _next = (-1, []);
    private long _bytes;
    private bool _isStopped;

    /// <param name="set">The samples.</param>
    /// <param name="plan">Which make up the batches.</param>
    /// <param name="rows">Which rows of each batch are wanted.</param>
    /// <param name="mostBytes">How many bytes are held at most; what does not fit is read sample by sample.</param>
    /// <param name="end">One past the last step.</param>
    /// <param name="shards">Told of what is read; null = all lies on the disk. Whoever gave it disposes of it.</param>
    public ReadAhead(ISequentialSet set, BatchPlan plan, Range rows, long mostBytes, long end, LaneShards? shards)
    {
        (_set, _plan, _rows, _mostBytes, _end, _shards) = (set, plan, rows, mostBytes, end, shards);
        _thread = new Thread(Work) { IsBackground = true, Name = "data ahead" };
        _thread.Start();
    }

    /// <summary>For each wanted row of a batch what is read ahead; null where the sample is to be read by itself.</summary>
    public AheadRun?[] For(long step)
    {
        var window = _plan.WindowOf(step)!;
        if (_current.FirstStep != window.FirstStep)
        {
            _shards?.Begin(window.FirstStep);
            _current = _next.FirstStep == window.FirstStep ? _next : (window.FirstStep, Begin(window, step, mustFit: false)!);
        }

        var after = window.FirstStep + (window.Rows.Length / _plan.BatchSize);
        if (after < _end && _next.FirstStep != after && Begin(_plan.WindowOf(after)!, after, mustFit: true) is { } next)
        {
            _next = (after, next);
        }

        var (offset, length) = _rows.GetOffsetAndLength(_plan.BatchSize);
        var first = ((int)(step - window.FirstStep) * _plan.BatchSize) + offset;
        var runs = new AheadRun?[length];
        for (var row = 0; row < length; row++)
        {
            runs[row] = _current.Runs[window.Rows[first + row].Run];
        }

        return runs;
    }

    /// <summary>Stops the thread and gives all memory back. Whoever fills batches has stopped before.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
        foreach (var run in _held)
        {
            run.Dispose();
        }

        _held.Clear();
    }

    // Run by run of the window what will be there; null where all of it must fit and does not.
    private AheadRun?[]? Begin(OrderWindow window, long step, bool mustFit)
    {
        var uses = new int[window.Runs.Count];
        var (offset, length) = _rows.GetOffsetAndLength(_plan.BatchSize);
        for (var first = (int)(step - window.FirstStep) * _plan.BatchSize; first < window.Rows.Length; first += _plan.BatchSize)
        {
            foreach (var (_, run) in window.Rows.AsSpan(first + offset, length))
            {
                uses[run]++;
            }
        }

        var bytes = new long[uses.Length];
        for (var run = 0; run < uses.Length; run++)
        {
            if (uses[run] == 0)
            {
                _shards?.Read(window.FirstStep, run);
            }

            bytes[run] = uses[run] == 0 ? 0 : _set.BytesOfRun(window.Runs[run].First, window.Runs[run].Count);
        }

        lock (_gate)
        {
            if (mustFit && _bytes + bytes.Sum() > _mostBytes)
            {
                return null;
            }

            var runs = new AheadRun?[uses.Length];
            for (var run = 0; run < uses.Length; run++)
            {
                if (bytes[run] == 0 || _bytes + bytes[run] > _mostBytes)
                {
                    continue;
                }

                var ahead = runs[run] = new AheadRun(bytes[run], uses[run], GiveBack);
                _bytes += bytes[run];
                _held.Add(ahead);
                _waiting.Enqueue(new Reading(ahead, window.Runs[run], window.FirstStep, run));
            }

            Monitor.PulseAll(_gate);
            return runs;
        }
    }

    private void GiveBack(AheadRun run)
    {
        lock (_gate)
        {
            _held.Remove(run);
            _bytes -= run.Bytes;
        }
    }

    private void Work()
    {
        while (Next() is { } next)
        {
            var isRead = false;
            next.Run.Read(() =>
            {
                var run = _set.ReadRun(next.Samples.First, next.Samples.Count);
                isRead = run is not null;
                return run;
            });
            if (isRead)
            {
                _shards?.Read(next.FirstStep, next.Number);
            }
        }
    }

    // Null when stopped.
    private Reading? Next()
    {
        lock (_gate)
        {
            while (!_isStopped)
            {
                if (_waiting.TryDequeue(out var next))
                {
                    return next;
                }

                Monitor.Wait(_gate);
            }

            return null;
        }
    }

    // A run, and which of which window it is.
    private sealed record Reading(AheadRun Run, RunOfSamples Samples, long FirstStep, int Number);
}
