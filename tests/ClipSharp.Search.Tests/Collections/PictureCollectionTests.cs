using ClipSharp.Data;
using ClipSharp.Search.Collections;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;

namespace ClipSharp.Search.Tests.Collections;

/// <summary>Our own index behind the contract of stores.</summary>
public sealed class PictureCollectionTests : VectorCollectionConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Clip _clip;
    private readonly PictureCollection _collection;

    public PictureCollectionTests()
    {
        _clip = new Clip(new FakeEncoder(Width), TinyModel.Write(_folder["model"]));
        _collection = new PictureCollection(_folder["own.index"], _clip, "model");
    }

    protected override VectorStoreCollection<string, PictureRecord> Collection => _collection;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _collection.Dispose();
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_index_of_pictures_is_searched_by_words_and_by_pictures()
    {
        var model = TinyModel.Write(_folder["colours"]);
        using var clip = new Clip(new ColourEncoder(model.LoadTokenizer()), model);
        Directory.CreateDirectory(_folder["photos"]);
        for (var i = 0; i < 6; i++)
        {
            await File.WriteAllBytesAsync(_folder[$"photos/{i}.png"], ColourPictures.Png(i % 3, i), Cancel);
        }

        using (var update = IndexUpdate.Begin(_folder["photos.index"], [_folder["photos"]], new DataOptions()))
        {
            update.Run(clip, "colours", cancel: Cancel);
        }

        using var photos = new PictureCollection(_folder["photos.index"], clip);
        var byWords = await photos.SearchAsync("green", 2, null, Cancel).ToListAsync(Cancel);
        Assert.Equal([_folder["photos/1.png"], _folder["photos/4.png"]], byWords.Select(hit => hit.Record.Name).Order());
        var picture = new DataContent(ColourPictures.Png(2, 2), "image/png");
        var byPicture = await photos.SearchAsync(picture, 1, new() { IncludeVectors = true }, Cancel).ToListAsync(Cancel);
        Assert.Contains(byPicture[0].Record.Name, new[] { _folder["photos/2.png"], _folder["photos/5.png"] }); // both blue
        Assert.Equal(4, byPicture[0].Record.Vector!.Value.Length);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () =>
            await photos.SearchAsync(1.5, 1, null, Cancel).ToListAsync(Cancel));

        // What an application says of a picture stays with it, and an update leaves records that are no files alone.
        var drawn = new PictureRecord { Name = "drawn", Vector = new float[] { 1, 0, 0, 0 } };
        await photos.UpsertAsync([byPicture[0].Record with { Caption = "mine" }, drawn], Cancel);
        using (var update = IndexUpdate.Begin(_folder["photos.index"], [_folder["photos"]], new DataOptions()))
        {
            Assert.Equal(0, update.Gone);
        }

        Assert.Equal("mine", (await photos.GetAsync(byPicture[0].Record.Name, null, Cancel))!.Caption);
    }

    [Fact]
    public async Task Without_a_model_an_index_is_searched_but_not_made()
    {
        using var none = new PictureCollection(_folder["none.index"]);
        var refusal = await Assert.ThrowsAsync<ClipException>(() => none.EnsureCollectionExistsAsync(Cancel));
        Assert.Equal(ClipError.Usage, refusal.Kind);
        refusal = await Assert.ThrowsAsync<ClipException>(() => none.GetAsync("a", null, Cancel));
        Assert.Equal(ClipError.NoInput, refusal.Kind);

        await Fill(Record("a", Axis(0)));
        using var reader = new PictureCollection(_folder["own.index"]);
        await reader.EnsureCollectionExistsAsync(Cancel);
        Assert.Single(await reader.SearchAsync(Axis(0), 1, null, Cancel).ToListAsync(Cancel));
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await reader.SearchAsync("a", 1, null, Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task What_others_put_into_the_folder_stays_when_the_collection_goes()
    {
        await Fill(Record("a", Axis(0)));
        await File.WriteAllTextAsync(_folder["own.index/notes.txt"], "mine", Cancel);

        await Collection.EnsureCollectionDeletedAsync(Cancel);

        Assert.Equal([_folder["own.index/notes.txt"]], Directory.GetFileSystemEntries(_folder["own.index"]));
    }

    [Fact]
    public void It_tells_what_it_is()
    {
        var metadata = (VectorStoreCollectionMetadata)Collection.GetService(typeof(VectorStoreCollectionMetadata))!;
        Assert.Equal(("clipsharp", "own.index"), (metadata.VectorStoreSystemName, metadata.CollectionName));
        Assert.Same(_collection, Collection.GetService(typeof(PictureCollection)));
        Assert.Null(Collection.GetService(typeof(string)));
    }
}
