using System.Runtime.ExceptionServices;

namespace ClipSharp.Data.Batches;

/// <summary>Threads that fill batches ahead of whoever takes them, slot by slot, so that one batch is spread over all of
/// them; batches come out in their order, and never more than a few wait. What is in a batch must not depend on the thread
/// that filled it.</summary>
/// <typeparam name="TBatch">A batch being filled; different slots are filled by different threads at once.</typeparam>
internal sealed class OrderedWorkers<TBatch> : IDisposable
    where TBatch : class
{
    private readonly object _gate = new();
    private readonly Queue<Job> _ahead = new();
    private readonly Func<long, (TBatch Batch, int Slots)> _open;
    private readonly Action<TBatch, int, int> _fill;
    private readonly Thread[] _threads;
    private readonly long _end;
    private readonly int _depth;
    private long _next;
    private Job? _filling;
    private bool _isStopped;

    /// <param name="first">The number of the first batch.</param>
    /// <param name="end">One past the last.</param>
    /// <param name="workers">Threads, at least 1.</param>
    /// <param name="depth">Batches in work or waiting, at least 1.</param>
    /// <param name="open">Makes batch k and says how many slots it has, at least 1; one call at a time.</param>
    /// <param name="fill">Fills slot i of a batch on thread w.</param>
    public OrderedWorkers(long first, long end, int workers, int depth,
        Func<long, (TBatch Batch, int Slots)> open, Action<TBatch, int, int> fill)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        (_next, _end, _depth, _open, _fill) = (first, end, depth, open, fill);
        _threads = [.. Enumerable.Range(0, workers)
            .Select(w => new Thread(() => Work(w)) { IsBackground = true, Name = $"data {w}" })];
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>The next batch, or null after the last.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the batch is not lost, a later call gets it.</exception>
    /// <remarks>What a thread threw is thrown here, when its batch comes up.</remarks>
    public TBatch? Take(CancellationToken cancel)
    {
        using var wake = cancel.Register(Wake);
        lock (_gate)
        {
            while (true)
            {
                cancel.ThrowIfCancellationRequested();
                ObjectDisposedException.ThrowIf(_isStopped, this);
                if (_ahead.TryPeek(out var job))
                {
                    if (job.Left == 0)
                    {
                        job.Error?.Throw();
                        _ahead.Dequeue();
                        Monitor.PulseAll(_gate);
                        return job.Batch;
                    }
                }
                else if (_next >= _end)
                {
                    return null;
                }

                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Stops the threads and waits for them.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private void Work(int worker)
    {
        while (Claim() is var (job, slot))
        {
            ExceptionDispatchInfo? error = null;
            try
            {
                _fill(job.Batch!, slot, worker);
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }

            lock (_gate)
            {
                job.Error ??= error;
                if (--job.Left == 0)
                {
                    Monitor.PulseAll(_gate);
                }
            }
        }
    }

    // The next free slot; null when stopped.
    private (Job Job, int Slot)? Claim()
    {
        lock (_gate)
        {
            while (!_isStopped)
            {
                if (_filling is null && _next < _end && _ahead.Count < _depth)
                {
                    Open();
                }

                if (_filling is { } job)
                {
                    var slot = job.NextSlot++;
                    _filling = job.NextSlot < job.Slots ? job : null;
                    return (job, slot);
                }

                Monitor.Wait(_gate);
            }

            return null;
        }
    }

    private void Open()
    {
        try
        {
            var (batch, slots) = _open(_next);
            _filling = new Job { Batch = batch, Slots = slots, Left = slots };
            _ahead.Enqueue(_filling);
            _next++;
        }
        catch (Exception e)
        {
            _ahead.Enqueue(new Job { Error = ExceptionDispatchInfo.Capture(e) });
            _next = _end;
            Monitor.PulseAll(_gate);
        }
    }

    private sealed class Job
    {
        public TBatch? Batch { get; init; }

        public int Slots { get; init; }

        public int NextSlot { get; set; }

        public int Left { get; set; }

        public ExceptionDispatchInfo? Error { get; set; }
    }
}
