using ClipSharp.Search.Collections;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;

namespace ClipSharp.Search.Tests.Collections;

/// <summary>What every store of pictures must do, whichever it is: a class for each derives from this.</summary>
public abstract class VectorCollectionConformance
{
    /// <summary>Numbers of a vector.</summary>
    protected const int Width = 16;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>An empty collection for vectors of <see cref="Width"/> numbers; the same one each time.</summary>
    protected abstract VectorStoreCollection<string, PictureRecord> Collection { get; }

    [Fact]
    public async Task Same_is_one_orthogonal_none_opposite_minus_one_of_any_length()
    {
        await Fill(Record("same", Axis(0)), Record("orthogonal", Axis(1)), Record("opposite", Axis(0, -3)), Record("between",
            [1, 1, .. new float[Width - 2]]));

        var found = await Search(Axis(0, 5), 10);

        Assert.Equal(["same", "between", "orthogonal", "opposite"], found.Select(hit => hit.Record.Name));
        double[] cosines = [1, Math.Sqrt(0.5), 0, -1];
        Assert.All(found.Zip(cosines), pair => Assert.Equal(pair.Second, pair.First.Score!.Value, 1e-3));
    }

    [Fact]
    public async Task The_first_k_are_the_beginning_of_the_first_2k_and_pages_follow_each_other()
    {
        await Fill([.. Enumerable.Range(0, 60).Select(i => Record($"{i}", Drawn(i)))]);

        var all = await Names(Drawn(100), 20);

        Assert.Equal(all[..10], await Names(Drawn(100), 10));
        Assert.Equal(all[10..], await Names(Drawn(100), 10, new() { Skip = 10 }));
        Assert.Equal(60, (await Names(Drawn(100), 1000)).Count);
        Assert.Empty(await Names(Drawn(100), 10, new() { Skip = 60 }));
    }

    [Fact]
    public async Task Filters_and_thresholds_leave_out_before_the_first_k_are_taken()
    {
        await Fill([.. Enumerable.Range(0, 40).Select(i => Record($"{i:00}", Drawn(i)) with
        {
            Caption = i % 4 == 0 ? "four" : null,
            Length = i,
        })]);

        Assert.Equal(10, (await Names(Drawn(50), 40, new() { Filter = record => record.Caption == "four" })).Count);
        Assert.Equal(["12"], await Names(Drawn(50), 3, new() { Filter = record => record.Length == 12 }));
        Assert.Empty(await Names(Drawn(50), 3, new() { Filter = record => record.Name == "none" }));
        Assert.Equal(["07"], await Names(Drawn(7), 40, new() { ScoreThreshold = 0.999 }));
    }

    [Fact]
    public async Task Records_are_had_by_key_and_by_filter_in_an_order()
    {
        var time = new DateTime(2026, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        var first = Record("a", Axis(0)) with { Caption = "first", Length = 3, Modified = time };
        await Fill(first, Record("b", Axis(1)) with { Length = 9 }, Record("c", Axis(2)) with { Length = 5 });

        Assert.Equal(first with { Vector = null }, await Collection.GetAsync("a", null, Cancel));
        Assert.Null(await Collection.GetAsync("none", null, Cancel));
        var vector = (await Collection.GetAsync("b", new() { IncludeVectors = true }, Cancel))!.Vector!.Value.ToArray();
        Assert.Equal(Axis(1), vector);
        var some = await Collection.GetAsync(["c", "none", "a"], null, Cancel).ToListAsync(Cancel);
        Assert.Equal(["c", "a"], some.Select(record => record.Name));
        var ordered = await Collection.GetAsync(record => record.Length > 3, 5,
            new() { OrderBy = by => by.Descending(record => record.Length) }, Cancel).ToListAsync(Cancel);
        Assert.Equal(["b", "c"], ordered.Select(record => record.Name));
        ordered = await Collection.GetAsync(_ => true, 1,
            new() { Skip = 1, OrderBy = by => by.Ascending(record => record.Length) }, Cancel).ToListAsync(Cancel);
        Assert.Equal(["c"], ordered.Select(record => record.Name));
    }

    [Fact]
    public async Task What_is_written_again_takes_the_place_of_what_was_there()
    {
        await Fill(Record("a", Axis(0)), Record("b", Axis(1)));
        await Collection.UpsertAsync([Record("a", Axis(3)), Record("a", Axis(2)) with { Caption = "last" }], Cancel);

        Assert.Equal(["a"], await Names(Axis(2), 1));
        Assert.Equal("last", (await Collection.GetAsync("a", null, Cancel))!.Caption);
        Assert.Equal(2, (await Names(Axis(0), 10)).Count);
    }

    [Fact]
    public async Task What_is_deleted_is_found_no_more_and_a_key_that_is_not_there_is_no_fault()
    {
        await Fill(Record("a", Axis(0)), Record("b", Axis(1)), Record("c", Axis(2)));
        await Collection.DeleteAsync("a", Cancel);
        await Collection.DeleteAsync(["b", "none"], Cancel);
        await Collection.DeleteAsync("a", Cancel);

        Assert.Equal(["c"], await Names(Axis(0), 10));
        Assert.Null(await Collection.GetAsync("a", null, Cancel));
        await Collection.UpsertAsync(Record("a", Axis(0)), Cancel);
        Assert.Equal(["a", "c"], await Names(Axis(0), 10));
    }

    [Fact]
    public async Task Vectors_that_do_not_fit_are_refused_and_nothing_is_written()
    {
        await Fill(Record("a", Axis(0)));

        foreach (var wrong in (float[]?[])[null, new float[Width - 1], new float[Width], [float.NaN, .. new float[Width - 1]]])
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(() =>
                Collection.UpsertAsync([Record("good", Axis(1)), Record("wrong", wrong)], Cancel));
        }

        await Assert.ThrowsAnyAsync<ArgumentException>(() => Names(new float[Width + 1], 1));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Names(Axis(0), 0));
        Assert.Equal(["a"], await Names(Axis(0), 10));
    }

    [Fact]
    public async Task A_collection_comes_and_goes()
    {
        Assert.False(await Collection.CollectionExistsAsync(Cancel));
        await Collection.EnsureCollectionDeletedAsync(Cancel);
        await Collection.EnsureCollectionExistsAsync(Cancel);
        await Collection.EnsureCollectionExistsAsync(Cancel);
        Assert.True(await Collection.CollectionExistsAsync(Cancel));
        Assert.Empty(await Names(Axis(0), 10));

        await Fill(Record("a", Axis(0)));
        await Collection.EnsureCollectionDeletedAsync(Cancel);
        Assert.False(await Collection.CollectionExistsAsync(Cancel));
        await Fill(Record("b", Axis(0)));
        Assert.Equal(["b"], await Names(Axis(0), 10));
    }

    [Fact]
    public async Task Searches_and_changes_may_go_on_at_once()
    {
        await Fill(Record("stays", Axis(0)));
        var changes = Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                await Collection.UpsertAsync(Record($"{i}", Drawn(i)), Cancel);
                await Collection.DeleteAsync($"{i - 1}", Cancel);
            }
        }, Cancel);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(["stays"], await Names(Axis(0), 1));
            }
        }, Cancel)));
        await changes;

        Assert.Equal(2, (await Names(Axis(0), 100)).Count);
    }

    /// <summary>A unit vector along an axis, times a factor.</summary>
    protected static float[] Axis(int number, float factor = 1)
    {
        var vector = new float[Width];
        vector[number] = factor;
        return vector;
    }

    /// <summary>A record with a vector.</summary>
    protected static PictureRecord Record(string name, float[]? vector) =>
        new() { Name = name, Vector = vector ?? default(ReadOnlyMemory<float>?) };

    /// <summary>Makes the collection and writes records.</summary>
    protected async Task Fill(params PictureRecord[] records)
    {
        await Collection.EnsureCollectionExistsAsync(Cancel);
        await Collection.UpsertAsync(records, Cancel);
    }

    private static float[] Drawn(int seed)
    {
        var random = new RandomStream(seed, RandomPurpose.Augmentation);
        return [.. Enumerable.Range(0, Width).Select(_ => (float)random.NextDouble() - 0.5f)];
    }

    private async Task<List<string>> Names(float[] query, int top, VectorSearchOptions<PictureRecord>? options = null) =>
        [.. (await Search(query, top, options)).Select(hit => hit.Record.Name)];

    private async Task<List<VectorSearchResult<PictureRecord>>> Search(float[] query, int top,
        VectorSearchOptions<PictureRecord>? options = null)
    {
        var byMemory = await Collection.SearchAsync(new ReadOnlyMemory<float>(query), top, options, Cancel).ToListAsync(Cancel);
        var byEmbedding = await Collection.SearchAsync(new Embedding<float>(query), top, options, Cancel).ToListAsync(Cancel);
        Assert.Equal(byMemory.Count, byEmbedding.Count);
        return byMemory;
    }
}
