using ClipSharp.Search.Collections;
using ClipSharp.Search.Queries;
using ClipSharp.Search.Updates;

namespace ClipSharp.Search.Tests.Collections;

/// <summary>What every store must do that a server or a command line searches: a class for each derives from this.</summary>
public abstract class PictureStoreConformance : IDisposable
{
    private const int Width = 16;

    private readonly TemporaryFolder _folder = new();
    private readonly Clip _clip;

    protected PictureStoreConformance() =>
        _clip = new Clip(new FakeEncoder(Width), TinyModel.Write(_folder["model"]));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Opens the one store of this test for change; it begins empty.</summary>
    private protected abstract IPictureWriter Write();

    /// <summary>Opens it for searches.</summary>
    protected abstract IPictureStore Open();

    [Fact]
    public async Task Pages_join_to_the_whole_and_the_first_k_are_the_beginning_of_the_first_2k()
    {
        Fill(Many(300));
        using var store = Open();

        var whole = await Found(store, new(300));
        var pages = new List<FoundPicture>();
        for (var skip = 0; skip < 300; skip += 70)
        {
            pages.AddRange(await Found(store, new(70, skip)));
        }

        Assert.Equal(300, store.Count);
        Assert.Equal(whole, pages);
        Assert.Equal(whole[..20], await Found(store, new(20)));
        Assert.Equal(whole.OrderByDescending(found => found.Score), whole);
        Assert.Equal(300, whole.Select(found => found.Id).Distinct().Count());
        Assert.Empty(await Found(store, new(10, 300)));
    }

    [Fact]
    public async Task Pictures_are_listed_in_the_order_in_which_they_were_indexed()
    {
        Fill(Many(40));
        Fill([Picture("/photos/last.png", 1)]);
        using var store = Open();

        var all = await store.ListAsync(new(100), Cancel);
        var page = await store.ListAsync(new(7, 30), Cancel);
        var some = await store.ListAsync(new(3, 2, Filters: [PictureFilter.Parse("name = 1*")]), Cancel);

        Assert.Equal([.. Many(40).Select(picture => picture.Picture.Name), "/photos/last.png"],
            all.Select(found => found.Picture.Name));
        Assert.All(all, found => Assert.Equal(0, found.Score));
        Assert.Equal(all.Skip(30).Take(7), page);
        Assert.Equal(["/photos/11.png", "/photos/12.png", "/photos/13.png"], some.Select(found => found.Picture.Name));
        Assert.Empty(await store.ListAsync(new(5, 41), Cancel));
    }

    [Fact]
    public async Task A_picture_is_had_by_its_id_with_all_that_is_known_and_with_its_vector()
    {
        var time = new DateTime(2024, 5, 31, 18, 0, 0, DateTimeKind.Utc).AddTicks(7); // finer than a microsecond
        var whole = Picture("/data/a.tar", 3, picture => picture with
        {
            Key = "a/1",
            Offset = 512,
            Length = 99,
            Modified = time,
            Hash = new string('a', 64),
            Source = "/data/a.tar",
            Caption = "a dog",
        });
        Fill([Picture("/photos/0.png", 0), whole]);
        using var store = Open();

        var id = (await store.ListAsync(new(10), Cancel))[1].Id;
        Assert.Equal(whole.Picture, await store.FindAsync(id, Cancel));
        Assert.Equal(whole.Vector.Select(half => (float)half), (await store.VectorAsync(id, Cancel))!.Values);
        Assert.Null(await store.FindAsync(id + 1000, Cancel));
        Assert.Null(await store.FindAsync(-1, Cancel));
        Assert.Null(await store.VectorAsync(id + 1000, Cancel));
    }

    [Fact]
    public async Task A_picture_is_named_by_path_key_or_what_is_shown_of_it()
    {
        var path = Path.GetFullPath("photos/0.png");
        Fill([Picture(path, 0), Shard(512, "cat"), Shard(9000, "dog"), Shard(7000, "twice"), Shard(8000, "twice")]);
        using var store = Open();
        var ids = (await store.ListAsync(new(10), Cancel)).Select(found => found.Id).ToList();

        Assert.Equal(ids[0], await store.IdOfAsync(path, Cancel));
        Assert.Equal(ids[0], await store.IdOfAsync("photos/0.png", Cancel));
        Assert.Equal(ids[1], await store.IdOfAsync("cat", Cancel));
        Assert.Equal(ids[2], await store.IdOfAsync("/data/a.tar#dog", Cancel));
        Assert.Equal(ClipError.Usage, (await Assert.ThrowsAsync<ClipException>(() => store.IdOfAsync("twice", Cancel))).Kind);
        Assert.Equal(ClipError.NoInput, (await Assert.ThrowsAsync<ClipException>(() => store.IdOfAsync("no", Cancel))).Kind);

        static NewPicture Shard(long offset, string key) =>
            Picture("/data/a.tar", (int)offset, picture => picture with { Offset = offset, Key = key });
    }

    [Theory]
    [InlineData("path = */holidays/*")]
    [InlineData("path != */holidays/*")]
    [InlineData("folder = /photos/holidays")]
    [InlineData("folder ~ HOLI")]
    [InlineData("name = ?.png")]
    [InlineData("name = 100%_sure.png")]
    [InlineData("name ~ %_")]
    [InlineData("name = a\\*b.png")]
    [InlineData("name !~ a")]
    [InlineData("key ~ 1/")]
    [InlineData("caption = *dog*")]
    [InlineData("caption !~ DOG")]
    [InlineData("caption ~ É")]
    [InlineData("source = /photos")]
    [InlineData("size >= 1KB")]
    [InlineData("size != 1000")]
    [InlineData("size < 1KiB")]
    [InlineData("date = 2024-05")]
    [InlineData("date != 2024")]
    [InlineData("date <= 2024-05-31")]
    [InlineData("date > 2024-05-31T18:00")]
    public async Task Filters_leave_out_what_does_not_fit_before_the_best_are_taken(string text)
    {
        var pictures = Various();
        Fill(pictures);
        using var store = Open();
        var filter = PictureFilter.Parse(text);

        var expected = pictures.Select(picture => picture.Picture).Where(filter.Fits).Select(picture => picture.Name).ToList();

        Assert.NotEmpty(expected);
        Assert.NotEqual(pictures.Count, expected.Count);
        Assert.Equal(expected, Names(await store.ListAsync(new(100, Filters: [filter]), Cancel)));
        Assert.Equal(expected.Order(), Names(await Found(store, new(100, Filters: [filter]))).Order());
        Assert.Single(await Found(store, new(1, expected.Count - 1, Filters: [filter, PictureFilter.Parse("size >= 0")])));
    }

    [Fact]
    public async Task Scores_are_products_and_those_below_the_least_are_not_found()
    {
        Fill([Picture("/same", 0) with { Vector = Axis(0) }, Picture("/other", 0) with { Vector = Axis(1) }]);
        using var store = Open();
        var query = new float[Width];
        query[0] = 2.5f; // a query of several terms is not of unit length

        var all = await store.SearchAsync(new Embeddings(query, Width), new(10), Cancel);
        var one = await store.SearchAsync(new Embeddings(query, Width), new(10, Least: 2.4f), Cancel);
        var none = await store.SearchAsync(new Embeddings(query, Width), new(10, Least: 2.6f), Cancel);
        var nothing = await store.SearchAsync(new Embeddings(new float[Width], Width), new(10), Cancel);

        Assert.Equal(["/same", "/other"], all.Select(found => found.Picture.Place));
        Assert.Equal(2.5, all[0].Score, 2e-3);
        Assert.Equal(0, all[1].Score, 2e-3);
        Assert.Equal(all.Take(1), one);
        Assert.Empty(none);
        Assert.Equal([0, 0], nothing.Select(found => found.Score));
    }

    [Fact]
    public async Task What_was_removed_or_replaced_is_found_no_more()
    {
        Fill(Many(5));
        using (var writer = Write())
        {
            var rows = writer.Pictures().ToDictionary(row => row.Picture.Name, row => row.Row);
            writer.Write(writer.Model!, new([Picture("/photos/1.png", 77)], [rows["/photos/1.png"], rows["/photos/3.png"]], []));
        }

        using var store = Open();
        var left = await store.ListAsync(new(10), Cancel);

        Assert.Equal(["/photos/0.png", "/photos/2.png", "/photos/4.png", "/photos/1.png"],
            left.Select(found => found.Picture.Name));
        Assert.Equal(left.Select(found => found.Id).Order(), (await Found(store, new(10))).Select(found => found.Id).Order());
        Assert.Equal(Picture("", 77).Vector.Select(half => (float)half), (await store.VectorAsync(left[3].Id, Cancel))!.Values);
        await Assert.ThrowsAsync<ClipException>(() => store.IdOfAsync("/photos/3.png", Cancel));
    }

    [Fact]
    public async Task Another_model_is_refused_and_queries_of_another_width()
    {
        Fill(Many(2));
        using var store = Open();
        using var other = new Clip(new FakeEncoder(Width), TinyModel.Write(_folder["other"], seed: 1));

        store.RequireModel(_clip);
        Assert.Equal(ClipError.Config, Assert.Throws<ClipException>(() => store.RequireModel(other)).Kind);
        Assert.Equal(("model", "fake", Width), (store.Model, store.Engine, store.Dimension));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.SearchAsync(new Embeddings(new float[3], 3), new(1), Cancel));
    }

    public virtual void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Fill(IReadOnlyList<NewPicture> pictures)
    {
        using var writer = Write();
        writer.Write(writer.Model ?? IndexModel.Of(_clip, "model"), new PictureChange(pictures, [], []));
        writer.Finish([]);
    }

    private protected static List<NewPicture> Many(int count) =>
        [.. Enumerable.Range(0, count).Select(i => Picture($"/photos/{i}.png", i))];

    private protected static NewPicture Picture(string place, int seed, Func<IndexedPicture, IndexedPicture>? with = null)
    {
        var vector = new float[Width];
        UnitVectors.Fill(vector, seed);
        var picture = new IndexedPicture(place, Path.GetFileName(place)) { Hash = $"{seed:x64}", Source = "/photos" };
        return new NewPicture(with?.Invoke(picture) ?? picture, [.. vector.Select(number => (Half)number)]);
    }

    private static IEnumerable<string> Names(IEnumerable<FoundPicture> found) => found.Select(picture => picture.Picture.Name);

    private static Half[] Axis(int number)
    {
        var vector = new Half[Width];
        vector[number] = Half.One;
        return vector;
    }

    private static Task<IReadOnlyList<FoundPicture>> FoundBy(IPictureStore store, int seed, PictureSelection selection)
    {
        var query = new float[Width];
        UnitVectors.Fill(query, seed);
        return store.SearchAsync(new Embeddings(query, Width), selection, Cancel);
    }

    private static async Task<List<FoundPicture>> Found(IPictureStore store, PictureSelection selection) =>
        [.. await FoundBy(store, 1234, selection)];

    private static List<NewPicture> Various()
    {
        var may = new DateTime(2024, 5, 31, 18, 0, 0, DateTimeKind.Utc);
        return
        [
            Picture("/photos/a.png", 0, picture => picture with { Length = 999, Modified = may, Caption = "A DOG" }),
            Picture("/photos/holidays/b.png", 1, picture => picture with { Length = 1000, Modified = may.AddMinutes(1) }),
            Picture("/photos/holidays/100%_sure.png", 2, picture => picture with { Length = 1023, Modified = may.AddHours(7) }),
            Picture("/photos/100x-sure.png", 3, picture => picture with { Length = 1024, Modified = may.AddYears(-1) }),
            Picture("/photos/a*b.png", 4, picture => picture with { Caption = "caf\u00e9, no dog", Source = "/other" }),
            Picture("/data/s.tar", 5, picture => picture with { Key = "1/x.jpg", Offset = 512, Source = "/data/s.tar" }),
            Picture("/data/s.tar", 6, picture => picture with { Key = "2/axb.png", Offset = 9000, Source = "/data/s.tar" }),
        ];
    }
}
