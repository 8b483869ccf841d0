namespace ClipSharp.Search.Collections;

/// <summary>Pictures and their vectors where they are searched and shown: an index on disk, or a database. Beside the contract
/// of Microsoft.Extensions.VectorData, which knows neither the model of the vectors nor a short name of a record.
/// Thread-safe.</summary>
public interface IPictureStore : IDisposable
{
    /// <summary>The model as it was named when the store was made: a path or <c>hf-hub:org/name</c>.</summary>
    string Model { get; }

    /// <summary>What computed the vectors, such as "torch cpu bf16".</summary>
    string Engine { get; }

    /// <summary>E.</summary>
    int Dimension { get; }

    /// <summary>Pictures, when the store was opened.</summary>
    long Count { get; }

    /// <summary>Refuses a model whose vectors are not those of this store.</summary>
    /// <exception cref="ClipException">It has other weights.</exception>
    void RequireModel(Clip clip);

    /// <summary>The pictures of highest score, best first.</summary>
    /// <param name="query">[1, E].</param>
    /// <param name="selection">How many, and which.</param>
    /// <param name="cancel">Stops it.</param>
    Task<IReadOnlyList<FoundPicture>> SearchAsync(Embeddings query, PictureSelection selection,
        CancellationToken cancel = default);

    /// <summary>Pictures in the order in which they were indexed; their scores are 0.</summary>
    /// <param name="selection">How many, and which; the least score does not matter.</param>
    /// <param name="cancel">Stops it.</param>
    Task<IReadOnlyList<FoundPicture>> ListAsync(PictureSelection selection, CancellationToken cancel = default);

    /// <summary>The picture of an id, or null.</summary>
    Task<IndexedPicture?> FindAsync(long id, CancellationToken cancel = default);

    /// <summary>The id of a picture by its path, its key, or what is shown of it in results.</summary>
    /// <exception cref="ClipException">There is none, or several have this key.</exception>
    Task<long> IdOfAsync(string name, CancellationToken cancel = default);

    /// <summary>The vector of a picture, [1, E], of unit length; null where there is no such id.</summary>
    Task<Embeddings?> VectorAsync(long id, CancellationToken cancel = default);
}
