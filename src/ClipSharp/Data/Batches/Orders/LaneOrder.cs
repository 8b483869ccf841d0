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
        var (epoch, within) = Math.DivRem(step, _lanes.StepsPerEpoch);
        var first = within / _steps * _steps;
        var count = (int)Math.Min(_steps, _lanes.StepsPerEpoch - first);
        var firstStep = (epoch * _lanes.StepsPerEpoch) + first;
        lock (_gate)
        {
            if (_cached[0]?.FirstStep != firstStep)
            {
                var window = _cached[1]?.FirstStep == firstStep ? _cached[1] : Window(firstStep, epoch, first, count);
                (_cached[0], _cached[1]) = (window, _cached[0]);
            }

            return _cached[0]!;
        }
    }

    private OrderWindow Window(long firstStep, long epoch, long first, int steps)
    {
        var runs = new List<RunOfSamples>();
        var lanes = new (long Sample, int Run)[_rows.Length - 1][];
        for (var lane = 0; lane < lanes.Length; lane++)
        {
            var rows = _rows[lane + 1] - _rows[lane];
            var (samples, filled) = (new (long, int)[ArrayLength.Of("samples of a window", steps, rows)], 0);
            foreach (var run in _lanes.Runs(epoch, _rows[lane], first * rows, samples.Length))
            {
                for (var i = 0; i < run.Count; i++)
                {
                    samples[filled++] = (run.First + i, runs.Count);
                }

                runs.Add(run);
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

        return new OrderWindow(firstStep, window, runs);
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
