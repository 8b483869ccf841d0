using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Parts;

namespace ClipSharp.Evaluation.Tests.Features;

public sealed class FeatureStoreTests : IDisposable
{
    private const int Count = FeatureStore.PartSize + 3;

    private static readonly FeatureKey Key = new("model", "pixels", "data", "projected");

    private readonly TemporaryFolder _folder = new();
    private readonly List<(int First, int Count)> _computed = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_computed_is_read_the_next_time()
    {
        var first = Get();
        var second = Get();
        Assert.Equal([(0, FeatureStore.PartSize), (FeatureStore.PartSize, 3)], _computed);
        Assert.Equal(first.Vectors.Values, second.Vectors.Values);
        Assert.Equal(first.SampleIds, second.SampleIds);
        Assert.Equal(Count - 1, second.SampleIds.Count);
        Assert.Equal(1, second.Skipped[SkipReason.NotAPicture]);
        Assert.Equal((0, 2f), (second.SampleIds[0], second.Vectors.Row(1)[0])); // sample 1 is no picture
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_part_that_is_missing_or_damaged_is_computed_anew(bool isThere)
    {
        var whole = Get();
        var part = Directory.GetFiles(_folder.Path, "part-00001.safetensors", SearchOption.AllDirectories).Single();
        if (isThere)
        {
            File.WriteAllBytes(part, File.ReadAllBytes(part)[..^5]);
        }
        else
        {
            File.Delete(part);
        }

        Assert.Equal(whole.Vectors.Values, Get().Vectors.Values);
        Assert.Equal((FeatureStore.PartSize, 3), _computed[^1]);
        Assert.Equal(3, _computed.Count);
    }

    [Fact]
    public void Another_key_finds_nothing()
    {
        Get();
        Get(Key with { Preprocessing = "others" });
        Assert.Equal(4, _computed.Count);
    }

    [Fact]
    public void Without_a_folder_nothing_is_kept_and_no_key_asked_for()
    {
        var set = new FeatureStore(null)
            .GetOrCompute(() => throw new InvalidOperationException("No key is needed."), 5, 1, Compute);
        Assert.Equal(4, set.SampleIds.Count);
    }

    [Fact]
    public void A_disk_that_cannot_be_written_costs_nothing_but_time()
    {
        File.WriteAllText(_folder["file"], "in the way");
        var store = new FeatureStore(_folder["file"]);
        Assert.Equal(4, store.GetOrCompute(() => Key, 5, 1, Compute).SampleIds.Count);
        Assert.NotNull(store.NotKept);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Parts_come_one_by_one_and_are_the_whole_together(bool isKept)
    {
        var whole = Get();
        _computed.Clear();
        var parts = new FeatureStore(isKept ? _folder["store"] : null).Parts(() => Key, Count, 1, Compute);
        Assert.Empty(_computed); // nothing before it is asked for
        var found = new List<FeatureSet>();
        foreach (var part in parts)
        {
            found.Add(part);
            Assert.Equal(isKept ? 0 : found.Count, _computed.Count);
        }

        Assert.Equal(whole.SampleIds, found.SelectMany(part => part.SampleIds));
        Assert.Equal(whole.Vectors.Values, found.SelectMany(part => part.Vectors.Values));
    }

    [Fact]
    public void Processes_compute_whole_parts_once_and_what_is_missing_is_named()
    {
        const int count = (4 * FeatureStore.PartSize) + 3;
        var store = new FeatureStore(_folder["shared"]);
        long Fill(int number) => store.Fill(new WorkPart(number, 3), Key, count, 1, Compute);
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => store.RequireFilled(Key, count)).Kind);
        Assert.Equal(FeatureStore.PartSize, Fill(1));
        Assert.Equal(FeatureStore.PartSize + 3, Fill(3));
        Assert.Contains("found not 2/3", Assert.Throws<ClipException>(() => store.RequireFilled(Key, count)).Message,
            StringComparison.Ordinal);
        Fill(2);
        store.RequireFilled(Key, count);
        var computed = _computed.Count;
        Fill(2); // the same part again
        Assert.Equal(computed, _computed.Count);
        Assert.Equal([0, 2048, 4096, 6144, 8192], _computed.Select(block => block.First).Order());
        var merged = store.GetOrCompute(() => Key, count, 1, (_, _) => throw new InvalidOperationException("All is there."));
        Assert.Equal(count - 1, merged.SampleIds.Count);

        // Killed before its second block.
        File.Delete(Directory.GetFiles(_folder.Path, "part-00002.safetensors", SearchOption.AllDirectories).Single());
        Assert.Contains("found not 2/3", Assert.Throws<ClipException>(() => store.RequireFilled(Key, count)).Message,
            StringComparison.Ordinal);
        Fill(2);
        Assert.Equal(computed + 1, _computed.Count);
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() =>
            store.RequireFilled(Key with { Model = "another" }, count)).Kind);
    }

    [Fact]
    public void A_part_that_cannot_be_kept_is_an_error()
    {
        Assert.Equal(ClipError.InputOutput, Assert.Throws<ClipException>(() =>
            new FeatureStore(null).Fill(new WorkPart(1, 1), Key, 5, 1, Compute)).Kind);
        Directory.CreateDirectory(_folder[$"store/{Key.Hash()}/part-00000.safetensors"]); // in the way
        Assert.Equal(ClipError.InputOutput, Assert.Throws<ClipException>(() =>
            new FeatureStore(_folder["store"]).Fill(new WorkPart(1, 1), Key, 5, 1, Compute)).Kind);
    }

    private FeatureSet Get(FeatureKey? key = null) =>
        new FeatureStore(_folder["store"]).GetOrCompute(() => key ?? Key, Count, 1, Compute);

    // A sample's feature is its number; sample 1 cannot be read.
    private FeatureSet Compute(int first, int count)
    {
        _computed.Add((first, count));
        int[] samples = [.. Enumerable.Range(0, count).Where(sample => first + sample != 1)];
        return new FeatureSet(new Embeddings([.. samples.Select(sample => (float)(first + sample))], 1), samples,
            first == 0 ? new Dictionary<SkipReason, long> { [SkipReason.NotAPicture] = 1 } : new Dictionary<SkipReason, long>());
    }
}
