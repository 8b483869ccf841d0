using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;

namespace ClipSharp.Shapes.Tests;

public sealed class CorpusWriterTests
{
    private static readonly CorpusOptions Small = new()
    {
        Samples = 1_100,
        ValSamples = 20,
        HeldoutSamples = 60,
        ImageSize = 32,
        Workers = 1,
    };

    [Fact]
    public void The_bytes_are_the_same_for_any_number_of_threads_and_others_for_another_seed()
    {
        using var folder = new TemporaryFolder();
        var one = Write(folder, "one", Small);
        var four = Write(folder, "four", Small with { Workers = 4 });
        var other = Write(folder, "other", Small with { Seed = 1 });

        Assert.Equal(Hashes(one), Hashes(four));
        Assert.NotEqual(Hashes(one)["train/0.tar"], Hashes(other)["train/0.tar"]);
    }

    [Fact]
    public void The_folder_is_laid_out_as_the_benchmark_expects()
    {
        using var folder = new TemporaryFolder();
        var root = folder["shapes"];
        var reported = new List<long>();
        var summary = CorpusWriter.Write(root, Small, new Sink(reported), TestContext.Current.CancellationToken);

        Assert.Equal(
            ["classnames.txt", "heldout.txt", "heldout/0.tar", "heldout/nshards.txt", "train/0.tar", "train/1.tar",
                "train/nshards.txt",
                "val/0.tar", "val/dataset_type.txt", "val/nshards.txt", "zeroshot_classification_templates.txt"],
                    Hashes(root).Keys.Order(StringComparer.Ordinal));
        Assert.Equal("2\n", File.ReadAllText(Path.Combine(root, "train", "nshards.txt")));
        var names = File.ReadAllLines(Path.Combine(root, "classnames.txt"));
        Assert.Equal(189, names.Distinct().Count());
        Assert.Equal(summary.HeldOut.Select(c => c.Name), File.ReadAllLines(Path.Combine(root, "heldout.txt")));
        Assert.All(File.ReadAllLines(Path.Combine(root, "zeroshot_classification_templates.txt")),
            t => Assert.Contains("{c}", t, StringComparison.Ordinal));
        Assert.Equal([1_000, 1_100, 1_120, 1_180], reported);

        var train = Index(Path.Combine(root, "train", "0.tar"), Path.Combine(root, "train", "1.tar"));
        Assert.Equal(1_100, train.Count);
        Assert.Equal(summary.Captions, train.CaptionCount);
        Assert.Equal(60, Index(Path.Combine(root, "heldout", "0.tar")).Count);

        var held = Members(Path.Combine(root, "heldout", "0.tar"));
        foreach (var (name, label) in held.Where(m => m.Key.EndsWith(".cls", StringComparison.Ordinal)))
        {
            using var scene = JsonDocument.Parse(held[name.Replace(".cls", ".json", StringComparison.Ordinal)]);
            var shape = scene.RootElement.GetProperty("shapes")[0];
            var combination = $"{shape.GetProperty("texture")} {shape.GetProperty("color")} {shape.GetProperty("shape")}";
            Assert.Equal(combination, names[int.Parse(Encoding.UTF8.GetString(label), CultureInfo.InvariantCulture)]);
        }
    }

    [Fact]
    public void No_two_pictures_are_the_same()
    {
        using var folder = new TemporaryFolder();
        var root = Write(folder, "shapes", Small with { Samples = 2_000, HeldoutSamples = 500 });

        string[] shards = ["train/0.tar", "train/1.tar", "val/0.tar", "heldout/0.tar"];
        var pictures = shards.SelectMany(shard => Members(Path.Combine(root, shard))
            .Where(m => m.Key.EndsWith(".png", StringComparison.Ordinal)))
            .Select(m => Convert.ToHexString(SHA256.HashData(m.Value))).ToList();
        Assert.Equal(2_520, pictures.Count);
        Assert.Equal(2_520, pictures.Distinct().Count());
    }

    [Fact]
    public void An_existing_folder_stays_as_it_is()
    {
        using var folder = new TemporaryFolder();
        var e = Assert.Throws<ClipException>(() => CorpusWriter
            .Write(folder.Path, Small, cancel: TestContext.Current.CancellationToken));
        Assert.Equal(ClipError.CannotCreate, e.Kind);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void An_option_out_of_range_is_named()
    {
        var e = Assert.Throws<ClipException>(() => (Small with { ImageSize = 8 }).Validated("options"));
        Assert.Contains("image_size", e.Message, StringComparison.Ordinal);
        Assert.Contains("32 to 1024", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_corpus_leaves_no_folder()
    {
        using var folder = new TemporaryFolder();
        var root = folder["shapes"];
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => CorpusWriter.Write(root, Small, cancel: cancel.Token));
        Assert.False(Directory.Exists(root));
    }

    private static string Write(TemporaryFolder folder, string name, CorpusOptions options)
    {
        var root = folder[name];
        CorpusWriter.Write(root, options, cancel: TestContext.Current.CancellationToken);
        return root;
    }

    private static Dictionary<string, string> Hashes(string root) =>
        Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToDictionary(
            path => Path.GetRelativePath(root, path).Replace('\\', '/'), path =>
            Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))));

    private static Dictionary<string, byte[]> Members(string shard)
    {
        var members = new Dictionary<string, byte[]>();
        using var stream = File.OpenRead(shard);
        using var reader = new System.Formats.Tar.TarReader(stream);
        while (reader.GetNextEntry() is { } entry)
        {
            var data = new byte[entry.Length];
            entry.DataStream?.ReadExactly(data);
            members.Add(entry.Name, data);
        }

        return members;
    }

    private sealed class Sink(List<long> values) : IProgress<long>
    {
        public void Report(long value) => values.Add(value);
    }

    private static SampleIndex Index(params string[] shards) =>
        SampleIndex.Build(SampleSources.Open(string.Join("::", shards), new DataOptions { CaptionLines = true }),
            SampleNeed.CaptionOrClass, cancel: TestContext.Current.CancellationToken);
}
