using ClipSharp.Search.Collections;
using ClipSharp.Search.Graphs;
using ClipSharp.Search.Queries;
using ClipSharp.Search.Segments;
using ClipSharp.Search.Updates;

namespace ClipSharp.Search.Tests.Graphs;

public sealed class IndexGraphTests : IDisposable
{
    private const int Width = 24;

    private readonly TemporaryFolder _folder = new();
    private readonly Embeddings _queries = UnitVectors.Draw(20, Width, 99);
    private IndexManifest _manifest = new()
    {
        Model = "model",
        Weights = "weights",
        Engine = "engine",
        Preprocess = "preprocess",
        Dimension = Width,
    };

    public IndexGraphTests()
    {
        GraphLibrary.SkipIfAbsent();
        AddSegment(1500);
        AddSegment(700);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_found_has_its_exact_score_and_is_nearly_all_of_the_best()
    {
        var built = GraphBuild.Run(_folder["index"]);

        Assert.Equal((2200, 2200, 256), (built.Pictures, built.Added, built.Queries));
        Assert.InRange(built.Recall, 0.95, 1);
        Assert.Equal(built with { Added = 0 }, GraphBuild.Find(_folder["index"]));
        Assert.InRange(Shared(), 190, 200);
    }

    [Fact]
    public void A_second_run_adds_what_is_new_and_a_third_nothing()
    {
        GraphBuild.Run(_folder["index"]);
        AddSegment(800);
        var reports = new List<long>();

        var second = GraphBuild.Run(_folder["index"], total => new Reported(reports, total));
        var third = GraphBuild.Run(_folder["index"]);

        Assert.Equal((3000, 800), (second.Pictures, second.Added));
        Assert.Equal(800, reports[0]);
        Assert.Equal(800, reports.Skip(1).Max());
        Assert.Equal(second with { Added = 0 }, third);
        Assert.Single(Directory.GetDirectories(_folder["index/graphs"]));
        Assert.InRange(Shared(), 190, 200);
    }

    [Fact]
    public void Pictures_newer_than_the_graph_are_found_and_those_that_are_gone_are_not()
    {
        GraphBuild.Run(_folder["index"]);
        AddSegment(500);
        Remove(segment: 0, Enumerable.Range(100, 1200));
        using var index = PictureIndex.Open(_folder["index"], approximate: true);

        Assert.Equal(500, index.NewerThanGraph);
        Assert.InRange(Shared(), 190, 200);
        Assert.Contains(index.Search(_queries, 30).SelectMany(found => found), hit => hit.Id >= 2200);
        Assert.DoesNotContain(index.Search(_queries, 30).SelectMany(found => found), hit => hit.Id is >= 100 and < 1300);
    }

    [Fact]
    public void Where_a_quarter_is_gone_it_is_made_anew()
    {
        GraphBuild.Run(_folder["index"]);
        AddSegment(10);
        Remove(segment: 0, Enumerable.Range(0, 600));

        Assert.Equal((1610, 1610), GraphBuild.Run(_folder["index"]) is var built ? (built.Pictures, built.Added) : default);
    }

    [Fact]
    public void With_a_filter_every_picture_is_compared()
    {
        GraphBuild.Run(_folder["index"]);
        using var exact = PictureIndex.Open(_folder["index"]);
        using var index = PictureIndex.Open(_folder["index"], approximate: true);
        PictureFilter[] filters = [PictureFilter.Parse("name = 7*")];

        Assert.Equal(exact.Search(_queries, 25, filters: filters), index.Search(_queries, 25, filters: filters));
    }

    [Fact]
    public void All_pictures_are_found_where_all_are_asked_for()
    {
        GraphBuild.Run(_folder["index"]);
        Remove(segment: 1, Enumerable.Range(0, 100));
        using var exact = PictureIndex.Open(_folder["index"]);
        using var index = PictureIndex.Open(_folder["index"], approximate: true);

        Assert.Equal(exact.Search(_queries, 2200), index.Search(_queries, 2200));
    }

    [Fact]
    public void No_graph_and_one_of_before_a_compaction_are_refused_with_what_to_type()
    {
        var none = Assert.Throws<ClipException>(() => PictureIndex.Open(_folder["index"], approximate: true));
        GraphBuild.Run(_folder["index"]);
        IndexCompaction.Run(_folder["index"]);
        var dropped = Assert.Throws<ClipException>(() => PictureIndex.Open(_folder["index"], approximate: true));

        Assert.All([none, dropped], refusal =>
        {
            Assert.Equal(ClipError.NoInput, refusal.Kind);
            Assert.Contains("--ann", refusal.Message, StringComparison.Ordinal);
        });
        Assert.Null(GraphBuild.Find(_folder["index"]));
        Assert.Equal(2200, GraphBuild.Run(_folder["index"]).Added);
    }

    [Fact]
    public void A_graph_of_other_segments_is_refused_and_made_anew()
    {
        GraphBuild.Run(_folder["index"]);
        Directory.Move(_folder["index/graphs"], _folder["aside"]);
        IndexCompaction.Run(_folder["index"]);
        Directory.Move(_folder["aside"], _folder["index/graphs"]); // as from a backup

        var refusal = Assert.Throws<ClipException>(() => PictureIndex.Open(_folder["index"], approximate: true));

        Assert.Contains("segments that are gone", refusal.Message, StringComparison.Ordinal);
        Assert.Null(GraphBuild.Find(_folder["index"]));
        Assert.Equal(2200, GraphBuild.Run(_folder["index"]).Added);
    }

    [Fact]
    public void A_run_that_was_stopped_leaves_the_graph_as_it_was()
    {
        var before = GraphBuild.Run(_folder["index"]);
        AddSegment(600);
        using var cancel = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() =>
            GraphBuild.Run(_folder["index"], _ => new Cancelling(cancel), cancel.Token));

        Assert.Equal(before with { Added = 0, IsWhole = false }, GraphBuild.Find(_folder["index"]));
        Assert.InRange(Shared(), 190, 200);
    }

    [Fact]
    public void What_a_killed_run_left_is_removed_and_a_damaged_graph_is_made_anew()
    {
        GraphBuild.Run(_folder["index"]);
        Directory.CreateDirectory(_folder["index/graphs/000002.0123456789ab.tmp"]);
        var path = _folder["index/graphs/000001/graph.usearch"];
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^9]);
        var refusal = Assert.Throws<ClipException>(() => PictureIndex.Open(_folder["index"], approximate: true));

        var built = GraphBuild.Run(_folder["index"]);

        Assert.Contains("The graph is damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(2200, built.Added);
        Assert.Equal(["000002"], Directory.GetDirectories(_folder["index/graphs"]).Select(Path.GetFileName));
    }

    // Of the 10 best of each query, with their scores.
    private int Shared()
    {
        using var exact = PictureIndex.Open(_folder["index"]);
        using var index = PictureIndex.Open(_folder["index"], approximate: true);
        return exact.Search(_queries, 10).Zip(index.Search(_queries, 10)).Sum(pair => pair.First.Intersect(pair.Second).Count());
    }

    private void AddSegment(int count)
    {
        var name = IndexFolder.NextName(_manifest);
        var rows = UnitVectors.Draw(count, Width, _manifest.Segments.Count + 1);
        SegmentFiles.Write(_folder["index"], name, Width,
            [.. Enumerable.Range(0, count).Select(row => rows.Row(row).ToArray().Select(x => (Half)x).ToArray())],
            [.. Enumerable.Range(0, count).Select(row => new IndexedPicture(_folder[$"{name}/{row}.png"], $"{row}.png"))], []);
        _manifest = _manifest with { Segments = [.. _manifest.Segments, new IndexManifest.Segment(name, count)] };
        _manifest.Save(_folder["index"]);
    }

    private void Remove(int segment, IEnumerable<int> rows)
    {
        _manifest = _manifest.Without(rows.Select(row => new RowPlace(segment, row)));
        _manifest.Save(_folder["index"]);
    }

    private sealed class Reported(List<long> reports, long total) : IProgress<long>
    {
        private readonly Lock _gate = new();

        public void Report(long value)
        {
            lock (_gate)
            {
                if (reports.Count == 0)
                {
                    reports.Add(total);
                }

                reports.Add(value);
            }
        }
    }

    private sealed class Cancelling(CancellationTokenSource cancel) : IProgress<long>
    {
        public void Report(long value) => cancel.Cancel();
    }
}
