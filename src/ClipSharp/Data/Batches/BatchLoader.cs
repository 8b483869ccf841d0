using System.Collections.Concurrent;
using System.Diagnostics;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Data.Sets;
using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Data.Batches;

/// <summary>Makes the batches of a plan ready ahead of the model: reads, decodes, crops, tokenizes on its own threads. The
/// bytes of a batch depend on the plan and the data alone, not on the number of threads. One thread at a time takes.</summary>
public sealed class BatchLoader : IDisposable
{
    private const int MostBatchesAhead = 4;
    // enough to hide a slow read; with more, memory would grow five times as fast as the batch
    private const int SamplesAhead = 1024;

    private readonly ITrainingSet _set;
    private readonly BatchPlan _plan;
    private readonly TrainingTransform _transform;
    private readonly TextTokenizer _tokenizer;
    private readonly BatchLoaderOptions _options;
    private readonly int _contextLength;
    private readonly PictureStore _pictures;
    private readonly ISampleReader[] _readers;
    private readonly LaneShards? _shards;
    private readonly ReadAhead? _ahead;
    private readonly OrderedWorkers<Filling> _workers;
    private readonly ConcurrentStack<LargeArray<byte>> _returned = new();
    private long _read;

    /// <param name="set">The samples.</param>
    /// <param name="plan">Which of them make up step k.</param>
    /// <param name="transform">From decoded picture to training pixels.</param>
    /// <param name="tokenizer">From caption to ids.</param>
    /// <param name="contextLength">T.</param>
    /// <param name="options">Threads, first step, ranks.</param>
    public BatchLoader(ITrainingSet set, BatchPlan plan, TrainingTransform transform, TextTokenizer tokenizer, int contextLength,
        BatchLoaderOptions? options = null)
    {
        (_set, _plan, _transform, _tokenizer, _contextLength) = (set, plan, transform, tokenizer, contextLength);
        _options = options ?? new BatchLoaderOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(contextLength, 2);
        if (_options.WorldSize < 1 || plan.BatchSize % _options.WorldSize != 0 || (uint)_options.Rank >= (uint)_options.WorldSize)
        {
            throw new ArgumentException(
                $"Rank {_options.Rank} of {_options.WorldSize} has no part of batches of {plan.BatchSize}.", nameof(options));
        }

        var size = plan.BatchSize / _options.WorldSize;
        var rows = (_options.Rank * size)..((_options.Rank + 1) * size);
        _pictures = new PictureStore(set, _options.Pictures, _options.CacheDecodedBytes, _options.OnSkip);
        _readers = [.. Enumerable.Range(0, _options.Workers).Select(_ => set.OpenReader())];
        if (set is ISequentialSet files && plan.RunsOf(_options.StartStep) is not null)
        {
            _shards = LaneShards.Of(files, plan, rows, (_options.StartStep, _options.EndStep), _options.LocalSize);
            _ahead = new ReadAhead(files, plan, rows, _options.ReadAheadBytes, _options.EndStep, _shards);
        }

        _workers = new OrderedWorkers<Filling>(_options.StartStep, _options.EndStep, _options.Workers,
            BatchesAhead(size), Open, Fill);
    }

    /// <summary>Batches that are made ready before the model asks for them: 4, fewer where they are large, at least 1.</summary>
    /// <param name="batchSize">Pairs of a batch.</param>
    public static int BatchesAhead(int batchSize) => Math.Clamp(SamplesAhead / Math.Max(1, batchSize), 1, MostBatchesAhead);

    /// <summary>Pictures that could not be used, each counted once; a healthy neighbour takes the place of each.</summary>
    public SkipReport Skips => _pictures.Skips;

    /// <summary>Why shards will be fetched again and again, as a line; null where they will not.</summary>
    internal string? Note => _set is not ISequentialSet files || FetchedData.Of(files) is not { Fits: false } data ? null
        : _shards is not null && !_plan.IsResampled ? _shards.Note
        : FormattableString.Invariant(
            $"The cache of shards does not hold the data (--shard-cache-gigabytes): found {ByteSize.Fitting(data.Room)}, expected {ByteSize.Fitting(data.Bytes)}, as each batch is of any shards; they will be fetched many times an epoch. Give it more, or take --data-order shards without --dataset-resampled.");

    /// <summary>The next step's batch.</summary>
    /// <exception cref="ClipException">No picture at all can be decoded, or too many cannot (Data); or the disk fails
    /// (InputOutput), and the options do not say to go on.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is lost, a later call gets the batch.</exception>
    /// <exception cref="InvalidOperationException">It was the last one.</exception>
    public TrainingBatch Next(CancellationToken cancel = default)
    {
        var start = Stopwatch.GetTimestamp();
        var filled = _workers.Take(cancel) ?? throw new InvalidOperationException("All steps are done.");
        _read += filled.Planned.Length;
        _options.SkipLimit?.Require(_set, Skips, _read);
        return new TrainingBatch(filled.Step, filled.Pixels,
            new TokenBatch(filled.Tokens, _contextLength, filled.Ends), filled.Samples, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Takes a batch back: a later one is made in the memory of its pixels, which would else pile up until the runtime
    /// collects it. Whoever reads its pixels after that gets an <see cref="ObjectDisposedException"/>.</summary>
    /// <exception cref="ObjectDisposedException">It was returned already.</exception>
    public void Return(TrainingBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var memory = batch.Pixels.TakeMemory();
        if (batch.Pixels.Size == _transform.Size && batch.Pixels.Count == _plan.BatchSize / _options.WorldSize)
        {
            _returned.Push(memory);
        }
    }

    /// <summary>Stops the threads and closes the files.</summary>
    public void Dispose()
    {
        _workers.Dispose();
        _ahead?.Dispose();
        _shards?.Dispose();
        foreach (var reader in _readers)
        {
            reader.Dispose();
        }
    }

    private (Filling Batch, int Slots) Open(long step)
    {
        var size = _plan.BatchSize / _options.WorldSize;
        var planned = _plan.Batch(step).AsSpan(_options.Rank * size, size).ToArray();
        var pixels = new PixelBatch(size, _transform.Size,
            length => _returned.TryPop(out var former) ? former : LargeArray<byte>.Pinned(length));
        return (new Filling(step, planned, _ahead?.For(step), pixels, _contextLength), size);
    }

    private void Fill(Filling batch, int slot, int worker)
    {
        var planned = batch.Planned[slot];
        var reader = _readers[worker];
        var (image, texts) = First(planned, batch.Ahead?[slot], reader);
        for (var tries = 1; image is null; tries++)
        {
            // The next healthy one: depends on the data only, so every run and every rank agrees. Where a disk fails and the
            // options say to go on, it depends on the disk too, which is told.
            if (tries >= _plan.SampleCount)
            {
                throw new ClipException(ClipError.Data, "No picture can be decoded", Skips.Examples[0].File, Skips.ToString(),
                    "at least one whole picture", "Look at the data with: clipsharp data inspect");
            }

            planned = planned with { Sample = (planned.Sample + 1) % _plan.SampleCount };
            (image, texts) = Read(planned, reader, ahead: null);
        }

        batch.Samples[slot] = planned.Sample;
        var random = _plan.Augmentation(planned);
        _transform.Apply(image, ref random, batch.Pixels.Picture(slot));

        var caption = _plan.Caption(planned, texts);
        if (_options.Captions is { } variation)
        {
            random = _plan.CaptionVariation(planned);
            caption = variation.Apply(caption, ref random);
        }

        _tokenizer.Tokenize(caption, batch.Tokens.AsSpan(slot * _contextLength, _contextLength), out batch.Ends[slot]);
    }

    private (RgbImage? Image, SampleTexts Texts) First(PlannedSample planned, AheadRun? ahead, ISampleReader reader)
    {
        try
        {
            return Read(planned, reader, ahead?.Wait());
        }
        finally
        {
            ahead?.Release();
        }
    }

    // The picture of a place and the texts that go with it, or no picture.
    private (RgbImage? Image, SampleTexts Texts) Read(PlannedSample planned, ISampleReader reader, SampleRun? ahead)
    {
        var image = _pictures.Get(planned.Sample, reader, ahead, out var texts);
        var owner = _plan.CaptionOwner(planned.Sample);
        return image is null || owner == planned.Sample ? (image, texts)
            : reader.TryReadTexts(owner, out texts, out _) ? (image, texts)
            : (null, default);
    }

    private sealed class Filling(
        long step, PlannedSample[] planned, AheadRun?[]? ahead, PixelBatch pixels, int contextLength)
    {
        public long Step => step;

        public PlannedSample[] Planned => planned;

        public AheadRun?[]? Ahead => ahead;

        public PixelBatch Pixels => pixels;

        public int[] Tokens { get; } = new int[ArrayLength.Of("token ids", planned.Length, contextLength)];

        public int[] Ends { get; } = new int[planned.Length];

        public long[] Samples { get; } = new long[planned.Length];
    }
}
