using System.Linq.Expressions;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Tests.Collections;
using ClipSharp.Testing.Stores;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;

namespace ClipSharp.Search.Postgres.Tests;

/// <summary>A database behind the contract of stores.</summary>
[Collection(Stores.OneAfterTheOther)]
public sealed class PostgresCollectionTests : VectorCollectionConformance, IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _address = PostgresServer.NewStore();
    private readonly Clip _clip;
    private readonly PostgresCollection _collection;

    public PostgresCollectionTests()
    {
        _clip = new Clip(new FakeEncoder(Width), TinyModel.Write(_folder["model"]));
        _collection = new PostgresCollection(_address, _clip, "model");
    }

    protected override VectorStoreCollection<string, PictureRecord> Collection => _collection;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _collection.EnsureCollectionDeletedAsync(CancellationToken.None);
        _collection.Dispose();
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_filter_that_is_translated_finds_what_it_finds_in_memory()
    {
        var records = Various();
        await Fill([.. records]);
        var (dog, none, most, some) = ("dog", default(string), 3L, new[] { "b", "c%d" });
        var list = new List<long> { 1, 3 };
        var day = new DateTime(2024, 5, 1, 0, 0, 0, DateTimeKind.Utc);
        Expression<Func<PictureRecord, bool>>[] filters =
        [
            record => true,
            record => false,
            record => record.Name == "b" || record.Length > most,
            record => record.Caption == none,
            record => record.Caption != null && record.Caption.Contains(dog),
            record => record.Caption != "a dog",
            record => !(record.Length <= 2) && record.Source != "shop",
            record => 2 < record.Length && most >= record.Length,
            record => record.Name.StartsWith("c%") || record.Name.EndsWith("_e"),
            record => record.Name.Contains('\\'),
            record => record.Name.Contains("FÉ", StringComparison.OrdinalIgnoreCase),
            record => record.Name.Equals("B", StringComparison.OrdinalIgnoreCase),
            record => string.Equals(record.Source, "shop"),
            record => string.IsNullOrEmpty(record.Caption),
            record => some.Contains(record.Name),
            record => list.Contains(record.Length),
            record => record.Modified >= day && record.Modified < day.AddDays(1),
            record => record.Modified == day.AddTicks(1),
            record => record.Name == record.Source,
        ];
        foreach (var filter in filters)
        {
            var expected = Names(records.Where(filter.Compile()));
            var found = await Collection.GetAsync(filter, 100, null, Cancel).ToListAsync(Cancel);
            var searched = await Collection.SearchAsync(Axis(0), 100, new() { Filter = filter }, Cancel).ToListAsync(Cancel);
            Assert.True(expected == Names(found), filter.ToString());
            Assert.True(expected == Names(searched.Select(hit => hit.Record)), filter.ToString());
        }
    }

    [Fact]
    public async Task What_cannot_be_translated_is_refused_with_its_text()
    {
        await Fill([.. Various()]);
        Expression<Func<PictureRecord, bool>>[] filters =
        [
            record => record.Name.Length > 2,
            record => record.Name.Trim() == "b",
            record => record.Length % 2 == 0,
            record => record.Modified.Year == 2024,
            record => record.Name.StartsWith("b", StringComparison.CurrentCultureIgnoreCase),
            record => record.Vector != null,
            record => IsMine(record),
        ];
        foreach (var filter in filters)
        {
            var refusal = await Assert.ThrowsAsync<NotSupportedException>(async () =>
                await Collection.GetAsync(filter, 1, null, Cancel).ToListAsync(Cancel));
            Assert.Contains("record", refusal.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<NotSupportedException>(async () => await Collection.GetAsync(record => true, 1,
            new() { OrderBy = by => by.Ascending(record => record.Name.Length) }, Cancel).ToListAsync(Cancel));
    }

    [Theory]
    [InlineData("'; drop table pictures; --")]
    [InlineData("\" or true --")]
    [InlineData("$1\\")]
    [InlineData("null\0zero \ud800")]
    public async Task Values_never_become_part_of_a_statement(string name)
    {
        await Fill(Record(name, Axis(0)) with { Caption = name, Source = name }, Record("other", Axis(1)));

        var found = await Collection.GetAsync(record => record.Caption != null, 10, null, Cancel).ToListAsync(Cancel);

        Assert.Equal(name.Replace('\0', '\ufffd').Replace('\ud800', '\ufffd'), Assert.Single(found).Caption);
        Assert.Single(await Collection.GetAsync(record => record.Name == "other", 10, null, Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task Without_a_model_a_store_is_searched_but_not_made()
    {
        using var none = new PostgresCollection(_address);
        var refusal = await Assert.ThrowsAsync<ClipException>(() => none.EnsureCollectionExistsAsync(Cancel));
        Assert.Equal(ClipError.Usage, refusal.Kind);
        refusal = await Assert.ThrowsAsync<ClipException>(() => none.UpsertAsync(Record("a", Axis(0)), Cancel));
        Assert.Equal(ClipError.NoInput, refusal.Kind);

        await Fill(Record("a", Axis(0)));
        await none.EnsureCollectionExistsAsync(Cancel);
        Assert.Single(await none.SearchAsync(Axis(0), 1, null, Cancel).ToListAsync(Cancel));
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await none.SearchAsync("a", 1, null, Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task Words_and_pictures_are_searched_for_with_the_model()
    {
        await Collection.EnsureCollectionExistsAsync(Cancel);
        var red = _clip.EncodeTexts(["red"]).Row(0).ToArray();
        await Collection.UpsertAsync([Record("red", red), Record("other", Axis(3))], Cancel);

        var found = await Collection.SearchAsync("red", 1, new() { IncludeVectors = true }, Cancel).ToListAsync(Cancel);
        Assert.Equal("red", found[0].Record.Name);
        Assert.Equal(1, found[0].Score!.Value, 1e-3);
        Assert.Equal(Width, found[0].Record.Vector!.Value.Length);
        var picture = new DataContent(ColourPictures.Png(2, 2), "image/png");
        Assert.Equal(2, (await Collection.SearchAsync(picture, 5, null, Cancel).ToListAsync(Cancel)).Count);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () =>
            await Collection.SearchAsync(1.5, 1, null, Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public void It_tells_what_it_is()
    {
        var metadata = (VectorStoreCollectionMetadata)Collection.GetService(typeof(VectorStoreCollectionMetadata))!;
        Assert.Equal("postgresql", metadata.VectorStoreSystemName);
        Assert.Same(_collection, Collection.GetService(typeof(PostgresCollection)));
        Assert.Null(Collection.GetService(typeof(string)));
    }

    private static string Names(IEnumerable<PictureRecord> records) =>
        string.Join(' ', records.Select(record => record.Name).Order(StringComparer.Ordinal));

    private static bool IsMine(PictureRecord record) => record.Name.Length > 0;

    private static List<PictureRecord> Various()
    {
        var day = new DateTime(2024, 5, 1, 0, 0, 0, DateTimeKind.Utc);
        return
        [
            Record("a", Axis(0)) with { Caption = "a dog", Length = 1, Modified = day.AddTicks(-1) },
            Record("b", Axis(1)) with { Caption = "Dogs", Length = 2, Source = "shop", Modified = day },
            Record("c%d", Axis(2)) with { Caption = "", Length = 3, Source = "c%d", Modified = day.AddTicks(1) },
            Record("d_e", Axis(3)) with { Length = 4, Source = "shop", Modified = day.AddHours(5) },
            Record("dxe", Axis(4)) with { Length = 5, Modified = day.AddDays(1) },
            Record("caf\u00e9\\", Axis(5)) with { Length = 6 },
        ];
    }
}
