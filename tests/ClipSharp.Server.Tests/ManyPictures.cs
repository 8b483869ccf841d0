using ClipSharp.Search.Collections;

namespace ClipSharp.Server.Tests;

/// <summary>A store of a hundred thousand pictures, none of which is there to look at.</summary>
internal sealed class ManyPictures : IPictureStore
{
    public string Model => "models/tiny";

    public string Engine => "none";

    public int Dimension => TinyModel.Config.EmbedDim;

    public long Count => 100_000;

    public void RequireModel(Clip clip)
    {
    }

    public Task<IReadOnlyList<FoundPicture>> SearchAsync(Embeddings query, PictureSelection selection,
        CancellationToken cancel = default) => ListAsync(selection, cancel);

    public Task<IReadOnlyList<FoundPicture>> ListAsync(PictureSelection selection, CancellationToken cancel = default) =>
        Task.FromResult<IReadOnlyList<FoundPicture>>([.. Enumerable.Range(selection.Skip,
            (int)Math.Min(selection.Top, Count - selection.Skip)).Select(id => new FoundPicture(Picture(id), 0) { Id = id })]);

    public Task<IndexedPicture?> FindAsync(long id, CancellationToken cancel = default) =>
        Task.FromResult(id >= 0 && id < Count ? Picture(id) : null);

    public Task<long> IdOfAsync(string name, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<Embeddings?> VectorAsync(long id, CancellationToken cancel = default) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private static IndexedPicture Picture(long id) =>
        new(Path.Combine(Path.GetTempPath(), "no such folder", FormattableString.Invariant($"{id}.png")),
            FormattableString.Invariant($"picture {id}"))
        {
            Hash = new string('0', 64),
        };
}
