using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Files;
using ClipSharp.Shapes.Scenes;

namespace ClipSharp.Shapes;

/// <summary>Writes the built-in corpus as WebDataset shards in the layout of LAION-AI/CLIP_benchmark: <c>train</c> and <c>val</c>
/// (<c>.png</c>, <c>.txt</c> with one caption a line, <c>.json</c> with the scene), <c>heldout</c> (also <c>.cls</c>, a line
/// number of <c>classnames.txt</c> from 0), <c>zeroshot_classification_templates.txt</c> and <c>heldout.txt</c>, the names of the
/// combinations that training never shows.</summary>
public static class CorpusWriter
{
    private const int SamplesPerShard = 1_000;

    private static readonly string[] Templates =
        ["a {c}", "a picture of a {c}", "a photo of a {c}", "an image of a {c}", "a drawing of a {c}", "there is a {c}",
            "this is a {c}"];

    /// <summary>Writes the corpus. The bytes depend on the options except <see cref="CorpusOptions.Workers"/>.</summary>
    /// <param name="folder">Where it shall stand; it must not exist yet and appears whole or not at all.</param>
    /// <param name="options">What to write.</param>
    /// <param name="progress">Told how many pictures are written, from several threads.</param>
    /// <param name="cancel">Ends the work between two shards.</param>
    /// <exception cref="ClipException">An option is out of range, the folder exists, or it cannot be written.</exception>
    public static CorpusSummary Write(
        string folder, CorpusOptions options, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validated("corpus options");
        var corpus = new Corpus(options.Seed, options.PairProb);
        var shards = ShardsOf(CorpusSplit.Train, options.Samples)
            .Concat(ShardsOf(CorpusSplit.Val, options.ValSamples))
            .Concat(ShardsOf(CorpusSplit.Heldout, options.HeldoutSamples)).ToList();
        long captions = 0, bytes = 0, pictures = 0;
        AtomicFolder.Write(folder, part =>
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancel };
            ForEach(shards, parallel, () => new SceneRenderer(options.ImageSize), (shard, renderer) =>
            {
                var path = Path.Combine(part, NameOf(shard.Split), shard.Number.ToString(CultureInfo.InvariantCulture) + ".tar");
                var written = WriteShard(path, corpus, shard, renderer, options.ImageSize);
                Interlocked.Add(ref captions, shard.Split == CorpusSplit.Train ? written : 0);
                Interlocked.Add(ref bytes, new FileInfo(path).Length);
                progress?.Report(Interlocked.Add(ref pictures, shard.Count));
            });

            foreach (var split in shards.GroupBy(s => s.Split))
            {
                WriteLines(Path.Combine(part, NameOf(split.Key), "nshards.txt"),
                    [split.Count().ToString(CultureInfo.InvariantCulture)]);
            }

            WriteLines(Path.Combine(part, NameOf(CorpusSplit.Val), "dataset_type.txt"), ["retrieval"]);
            WriteLines(Path.Combine(part, "classnames.txt"), Combination.All.Select(c => c.Name));
            WriteLines(Path.Combine(part, "heldout.txt"), corpus.HeldOut.Select(c => c.Name));
            WriteLines(Path.Combine(part, "zeroshot_classification_templates.txt"), Templates);
        });
        return new CorpusSummary(
            options.Samples, options.ValSamples, options.HeldoutSamples, captions, shards.Count, bytes, corpus.HeldOut);
    }

    // The number of captions written.
    private static long WriteShard(string path, Corpus corpus, Shard shard, SceneRenderer renderer, int side)
    {
        long captionCount = 0;
        var members = new List<ShardMember>(4 * shard.Count);
        for (var index = shard.First; index < shard.First + shard.Count; index++)
        {
            var (scene, captions) = corpus.Sample(shard.Split, index);
            var key = index.ToString("D7", CultureInfo.InvariantCulture);
            members.Add(new ShardMember(key, "png", renderer.Render(scene)));
            members.Add(new ShardMember(key, "txt", Encoding.UTF8.GetBytes(string.Join('\n', captions) + "\n")));
            members.Add(new ShardMember(key, "json", SceneJson.Write(scene, side)));
            if (shard.Split == CorpusSplit.Heldout)
            {
                var label = scene.Shapes[0].Kind.Index.ToString(CultureInfo.InvariantCulture);
                members.Add(new ShardMember(key, "cls", Encoding.UTF8.GetBytes(label)));
            }

            captionCount += captions.Count;
        }

        ShardWriter.Write(path, members);
        return captionCount;
    }

    private static IEnumerable<Shard> ShardsOf(CorpusSplit split, int samples)
    {
        for (var first = 0; first < samples; first += SamplesPerShard)
        {
            yield return new Shard(split, first / SamplesPerShard, first, Math.Min(SamplesPerShard, samples - first));
        }
    }

    // One renderer a thread; the first failure comes out as it was thrown.
    private static void ForEach(
        List<Shard> shards, ParallelOptions parallel, Func<SceneRenderer> open, Action<Shard, SceneRenderer> body)
    {
        try
        {
            Parallel.ForEach(shards, parallel, open, (shard, _, renderer) =>
            {
                body(shard, renderer);
                return renderer;
            }, renderer => renderer.Dispose());
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private static void WriteLines(string path, IEnumerable<string> lines) =>
        AtomicFile.WriteText(path, string.Join('\n', lines) + "\n");

    private static string NameOf(CorpusSplit split) => split switch
    {
        CorpusSplit.Train => "train",
        CorpusSplit.Val => "val",
        _ => "heldout",
    };

    private sealed record Shard(CorpusSplit Split, int Number, int First, int Count);
}
