namespace ClipSharp.Data.Batches.Orders;

/// <summary>Batches for disks and object stores. Each batch takes some rows from each of many lanes, lane after lane, and a lane
/// reads its samples from front to back, so that few places are read at a time and each is read on. Within a window of some
/// batches the samples of a lane are shuffled. How many lanes there are, and how long a window is, follows from the size of a
/// batch alone: any number of processes and threads meets the same batches.</summary>
internal sealed class LaneOrder : ISampleOrder
{
    private const int FewestLanes = 64;
    private const int RowsOfLane = 64; // of a batch, where batches are large
    private const int SamplesOfWindow = 8192;
    private const int BatchesToSpread = 4;

    private readonly Lock _gate = new();
    private readonly ILanes _lanes;
    private readonly long _seed;
    private readonly int _batchSize;
    private readonly Func<long, ulong>? _captionOf;
    private readonly int[] _rows; // where each lane begins in a batch, and B
    private readonly long _steps; // of a window
    private readonly OrderWindow?[] _cached = new OrderWindow?[2];

    /// <param name="lanes">What each lane reads.</param>
    /// <param name="count">N.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="batchSize">B.</param>
    /// <param name="captionOf">Whose first captions are kept apart, sample by sample; null = none are.</param>
    public LaneOrder(ILanes lanes, long count, long seed, int batchSize, Func<long, ulong>? captionOf)
    {
        (_lanes, _seed, _batchSize, _captionOf) = (lanes, seed, batchSize, captionOf);
        StepsPerEpoch = Math.Max(1, count / batchSize);
        var number = Math.Min(batchSize, Math.Max(FewestLanes, batchSize / RowsOfLane));
        _rows = [.. Enumerable.Range(0, number + 1).Select(lane => (int)((long)lane * batchSize / number))];
        _steps = Math.Max(captionOf is null ? 1 : BatchesToSpread, SamplesOfWindow / batchSize);
    }

    /// <inheritdoc/>
    public long StepsPerEpoch { get; }

    /// <inheritdoc/>
    public PlannedSample[] Batch(long step)
    {
        var window = WindowOf(step);
        var first = (int)(step - window.FirstStep) * _batchSize;
        return [.. window.Rows.AsSpan(first, _batchSize).ToArray().Select(row => row.Planned)];
    }

    /// <inheritdoc/>
    public OrderWindow WindowOf(long step)
    {
        var (epoch, first, count) = Of(step);
        var firstStep = (epoch * _lanes.StepsPerEpoch) + first;
        lock (_gate)
        {
            if (_cached[0]?.FirstStep != firstStep)
            {
                var window = _cached[1]?.FirstStep == firstStep ? _cached[1] : Window(RunsOf(step)!, firstStep, count);
                (_cached[0], _cached[1]) = (window, _cached[0]);
            }

            return _cached[0]!;
        }
    }

    /// <inheritdoc/>
    public WindowRuns? RunsOf(long step)
    {
        var (epoch, first, count) = Of(step);
        var (runs, lanes) = (new List<RunOfSamples>(), new List<Range>());
        for (var lane = 0; lane < _rows.Length - 1; lane++)
        {
            var rows = _rows[lane + 1] - _rows[lane];
            runs.AddRange(_lanes.Runs(epoch, _rows[lane], first * rows, ArrayLength.Of("samples of a window", count, rows)));
            lanes.AddRange(Enumerable.Repeat(_rows[lane].._rows[lane + 1], runs.Count - lanes.Count));
        }

        return new WindowRuns((epoch * _lanes.StepsPerEpoch) + first, count, runs, lanes);
    }

    // The window of a step: its epoch, its first step there, and how many it has.
    private (long Epoch, long First, int Count) Of(long step)
    {
        var (epoch, within) = Math.DivRem(step, _lanes.StepsPerEpoch);
        var first = within / _steps * _steps;
        return (epoch, first, (int)Math.Min(_steps, _lanes.StepsPerEpoch - first));
    }

    private OrderWindow Window(WindowRuns read, long firstStep, int steps)
    {
        var lanes = new (long Sample, int Run)[_rows.Length - 1][];
        for (var (lane, next) = (0, 0); lane < lanes.Length; lane++)
        {
            var rows = _rows[lane + 1] - _rows[lane];
            var (samples, filled) = (new (long, int)[ArrayLength.Of("samples of a window", steps, rows)], 0);
            for (; next < read.Runs.Count && read.Lanes[next].Start.Value == _rows[lane]; next++)
            {
                for (var i = 0; i < read.Runs[next].Count; i++)
                {
                    samples[filled++] = (read.Runs[next].First + i, next);
                }
            }

            var random = new RandomStream(_seed, RandomPurpose.WindowOrder, firstStep, lane);
            random.Shuffle(samples.AsSpan());
            lanes[lane] = samples;
        }

        if (_captionOf is not null)
        {
            SpreadDuplicates(lanes, steps, _captionOf);
        }

        var window = new (PlannedSample, int)[ArrayLength.Of("samples of a window", steps, _batchSize)];
        for (var row = 0; row < window.Length; row++)
        {
            var (step, inBatch) = Math.DivRem(row, _batchSize);
            var lane = LaneOf(inBatch);
            var rows = _rows[lane + 1] - _rows[lane];
            var (sample, run) = lanes[lane][(step * rows) + inBatch - _rows[lane]];
            window[row] = (new PlannedSample(sample, _lanes.RoundOf(firstStep + step, inBatch)), run);
        }

        return new OrderWindow(firstStep, window, read.Runs);
    }

    private int LaneOf(int row)
    {
        var lane = (int)((long)row * (_rows.Length - 1) / _batchSize);
        while (_rows[lane + 1] <= row)
        {
            lane++;
        }

        return lane;
    }

    // As in GlobalOrder, within each lane of the window: whoever meets its equal in a batch waits for a later one.
    private void SpreadDuplicates((long Sample, int Run)[][] lanes, int steps, Func<long, ulong> captionOf)
    {
        var present = new HashSet<ulong>();
        var seated = lanes.Select(lane => new List<(long Sample, int Run)>(lane.Length)).ToArray();
        var waiting = lanes.Select(_ => new Queue<(long Sample, int Run)>()).ToArray();
        var next = new int[lanes.Length];
        for (var step = 1; step <= steps; step++)
        {
            present.Clear();
            for (var lane = 0; lane < lanes.Length; lane++)
            {
                var end = step * (_rows[lane + 1] - _rows[lane]);
                for (var tries = waiting[lane].Count; tries > 0; tries--)
                {
                    Seat(lane, end, waiting[lane].Dequeue());
                }

                while (seated[lane].Count < end && next[lane] < lanes[lane].Length)
                {
                    Seat(lane, end, lanes[lane][next[lane]++]);
                }

                while (seated[lane].Count < end)
                {
                    seated[lane].Add(waiting[lane].Dequeue());
                }
            }
        }

        for (var lane = 0; lane < lanes.Length; lane++)
        {
            lanes[lane] = [.. seated[lane]];
        }

        void Seat(int lane, int end, (long Sample, int Run) row)
        {
            if (seated[lane].Count < end && present.Add(captionOf(row.Sample)))
            {
                seated[lane].Add(row);
            }
            else
            {
                waiting[lane].Enqueue(row);
            }
        }
    }
}
