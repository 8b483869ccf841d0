using System.Diagnostics;
using System.Globalization;
using System.Text;
using ClipSharp.Data;
using ClipSharp.Data.Batches;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Data.Sources;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Text;

namespace ClipSharp.Benchmarks;

/// <summary>Data sets of many shards. <c>data make SOURCE FOLDER PAIRS</c> writes the pairs of a set over and over;
/// <c>data read FOLDER INDEX</c> times indexing, opening and reading of it, <c>data load FOLDER INDEX ORDER</c> the batches of an
/// epoch; <c>data share SHARD FOLDER INDEX SHARDS</c> gives one shard many names and each its index; <c>data start FOLDER INDEX
/// BATCH</c> times the way to the first batch and proves an epoch a permutation.</summary>
internal static class DataScale
{
    public const string Argument = "data";

    private const int PairsOfShard = 1000;
    private const int BatchSize = 256;

    public static void Run(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        switch (arguments)
        {
            case ["make", var source, var folder, var pairs]:
                Make(source, folder, int.Parse(pairs, CultureInfo.InvariantCulture));
                break;
            case ["read", var folder, var index]:
                Read(folder, index);
                break;
            case ["load", var folder, var index, var order]:
                Load(folder, index, Spelling.Find<DataOrder>(order)!.Value);
                break;
            case ["share", var shard, var folder, var index, var shards]:
                Share(shard, folder, index, int.Parse(shards, CultureInfo.InvariantCulture));
                break;
            case ["start", var folder, var index, var batch]:
                Start(folder, index, int.Parse(batch, CultureInfo.InvariantCulture));
                break;
            default:
                throw new ArgumentException("data make SOURCE FOLDER PAIRS, data read FOLDER INDEX, data load FOLDER INDEX ORDER, data share SHARD FOLDER INDEX SHARDS, or data start FOLDER INDEX BATCH");
        }
    }

    private static void Make(string source, string folder, int pairs)
    {
        ITrainingSet set = SampleIndex.Build(SampleSources.Open(source, new DataOptions()), SampleNeed.Caption);
        using var reader = set.OpenReader();
        for (var shard = 0; shard < pairs / PairsOfShard; shard++)
        {
            var members = new List<ShardMember>();
            for (var i = 0; i < PairsOfShard; i++)
            {
                var number = (shard * PairsOfShard) + i;
                if (!reader.TryRead(number % set.Count, DecodeLimits.Default, out var picture, out var texts, out var detail))
                {
                    throw new InvalidOperationException(detail);
                }

                members.Add(new ShardMember($"{number:D9}", "jpg", picture.ToArray()));
                members.Add(new ShardMember($"{number:D9}", "txt", Encoding.UTF8.GetBytes(texts.Captions.Span[0])));
            }

            ShardWriter.Write(Path.Combine(folder, $"{shard:D5}.tar"), members);
        }
    }

    private static void Share(string shard, string folder, string index, int shards)
    {
        Directory.CreateDirectory(folder);
        var first = Path.Combine(folder, $"{0:D5}.tar");
        File.CreateSymbolicLink(first, Path.GetFullPath(shard));
        TrainingSets.Open(first, new DataOptions(), index);
        var indexed = Directory.GetFiles(index, "*.index", SearchOption.AllDirectories).Single();
        for (var number = 1; number < shards; number++)
        {
            File.CreateSymbolicLink(Path.Combine(folder, $"{number:D5}.tar"), Path.GetFullPath(shard));
            File.Copy(indexed, Path.Combine(Path.GetDirectoryName(indexed)!, $"{number:D5}.tar.index"));
        }
    }

    private static void Read(string folder, string index)
    {
        var clock = Stopwatch.StartNew();
        var set = TrainingSets.Open(folder, new DataOptions(), index);
        Say("indexed by a process that just began", set.Count, clock);
        foreach (var again in new[] { "second", "third" })
        {
            clock.Restart();
            TrainingSets.Open(folder, new DataOptions(), Path.Combine(index, again));
            Say($"indexed the {again} time, for another folder", set.Count, clock);
        }

        clock.Restart();
        set = TrainingSets.Open(folder, new DataOptions(), index);
        Say("opened again", set.Count, clock);

        clock.Restart();
        using (var reader = set.OpenReader())
        {
            var bytes = 0L;
            for (var sample = 0L; sample < set.Count; sample++)
            {
                bytes += reader.TryRead(sample, DecodeLimits.Default, out var picture, out var texts, out _)
                    ? picture.Length + texts.Captions.Span[0].Length : 0;
            }

            Say($"read one by one, {bytes:N0} bytes and characters", set.Count, clock);
        }

        if (set is ISequentialSet runs)
        {
            clock.Restart();
            var bytes = 0L;
            for (var (first, end) = (0L, 0L); first < set.Count; first = end)
            {
                end = Math.Min(first + (BatchSize / 2), set.PartStarts.First(start => start > first));
                using var run = runs.ReadRun(first, (int)(end - first))!;
                for (var sample = first; sample < end; sample++)
                {
                    bytes += run.TryGet(sample, out var picture, out var texts)
                        ? picture.Length + texts.Captions.Span[0].Length : 0;
                }
            }

            Say($"read {BatchSize / 2} at a time, {bytes:N0} bytes and characters", set.Count, clock);
        }

    }

    private static void Load(string folder, string index, DataOrder order)
    {
        var clock = Stopwatch.StartNew();
        var set = TrainingSets.Open(folder, new DataOptions(), index);
        var plan = new BatchPlan(set, 1, BatchSize, new BatchPlanOptions { Order = order });
        using var loader = Loader(set, plan, 64);
        loader.Return(loader.Next());
        clock.Restart();
        var steps = plan.StepsPerEpoch - 1;
        for (var step = 0; step < steps; step++)
        {
            loader.Return(loader.Next());
        }

        Say($"loaded in the order {Spelling.Of(plan.Order)}: decoded, cropped to 64 x 64, tokenized", steps * BatchSize, clock);
        Console.WriteLine($"peak {PeakBytes() / 1e6:N0} MB");
    }

    private static void Start(string folder, string index, int batchSize)
    {
        var clock = Stopwatch.StartNew();
        var set = TrainingSets.Open(folder, new DataOptions(), index);
        Say($"opened {set.PartStarts.Count - 1:N0} shards", set.Count, clock);
        var plan = new BatchPlan(set, 1, batchSize);
        using (var loader = Loader(set, plan, 64))
        {
            var batch = loader.Next();
            using var process = Process.GetCurrentProcess();
            var seconds = (DateTime.Now - process.StartTime).TotalSeconds;
            Console.WriteLine($"first batch of {batch.SampleIds.Length:N0} after {seconds:0.0} s of the process, in the order {Spelling.Of(plan.Order)}; peak {PeakBytes() / 1e6:N0} MB");
        }

        clock.Restart();
        var met = new ulong[(set.Count + 63) / 64];
        var (twice, all) = (0L, 0L);
        for (var step = 0L; step < plan.StepsPerEpoch; step++)
        {
            foreach (var planned in plan.Batch(step))
            {
                ref var word = ref met[planned.Sample / 64];
                var bit = 1UL << (int)(planned.Sample % 64);
                twice += (word & bit) == 0 ? 0 : 1;
                word |= bit;
                all++;
            }
        }

        Say($"planned an epoch: {twice} samples twice, {set.Count - all:N0} left over", all, clock);
        var random = new RandomStream(7, RandomPurpose.Resampling);
        clock.Restart();
        for (var i = 0; i < 100; i++)
        {
            plan.Batch(random.NextInt64(1000 * plan.StepsPerEpoch));
        }

        Console.WriteLine($"a batch at random, of 1,000 epochs: {clock.Elapsed.TotalMilliseconds / 100:0.0} ms");
        Console.WriteLine($"peak {PeakBytes() / 1e6:N0} MB");
    }

    private static BatchLoader Loader(ITrainingSet set, BatchPlan plan, int side)
    {
        var tokenizer = TokenizerTrainer.Train(set.Captions().Take(1000), 600);
        var transform = new TrainingTransform(new AugmentationConfig(), new PreprocessConfig(), side);
        return new BatchLoader(set, plan, transform, tokenizer, 32);
    }

    private static void Say(string what, long samples, Stopwatch clock) => Console.WriteLine(
        $"{what}: {samples:N0} samples in {clock.Elapsed.TotalSeconds:0.00} s, {samples / clock.Elapsed.TotalSeconds:N0} a second");

    // Of this process; mapped pages of files included.
    private static long PeakBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
