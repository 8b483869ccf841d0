using ClipSharp.Search.Collections;
using ClipSharp.Search.Queries;
using ClipSharp.Server.Limits;
using ClipSharp.Server.Requests;
using ClipSharp.Server.Telemetry;

namespace ClipSharp.Server.Endpoints;

/// <summary>Searches the index for its routes. One search at a time takes all processors; the others wait their turn.</summary>
internal sealed class IndexSearch(ILogger<IndexSearch> log) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);


    /// <summary>The pictures that are searched.</summary>
    /// <exception cref="RequestFault">404: none is served.</exception>
    public static IPictureStore RequireStore(ServedModel served) => served.Store ?? throw new RequestFault(
        StatusCodes.Status404NotFound, "No index of pictures is served: make one with clipsharp index and give it by --index.");

    /// <summary>The sum of some words and a picture, each times its weight, [E].</summary>
    public static async Task<float[]> SumAsync(ServedModel served, IReadOnlyList<SearchTerm> terms, PictureInput? picture,
        RequestScope scope)
    {
        EmbeddingItem[] items = [.. terms.Select(term => new EmbeddingItem(term.Text)),
            .. picture is null ? Array.Empty<EmbeddingItem>() : [new EmbeddingItem(Picture: picture)]];
        var (vectors, _) = await ItemEncoder.EncodeAsync(served, items, scope).ConfigureAwait(false);
        var sum = new float[served.Clip.Encoder.EmbedDim];
        for (var item = 0; item < vectors.Length; item++)
        {
            var weight = item < terms.Count ? terms[item].Weight : 1;
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += (float)(weight * vectors[item][i]);
            }
        }

        return sum;
    }

    /// <summary>Pictures for a vector.</summary>
    /// <param name="store">Where.</param>
    /// <param name="query">[E].</param>
    /// <param name="wanted">How many, and which.</param>
    /// <param name="scope">The request.</param>
    public async Task<IReadOnlyList<FoundPicture>> FindAsync(IPictureStore store, float[] query, PictureSelection wanted,
        RequestScope scope)
    {
        Check(wanted, scope.Limits);
        if (query.Length != store.Dimension)
        {
            throw RequestFault.Bad("vector", FormattableString.Invariant(
                $"found {query.Length} numbers, the model's vectors have {store.Dimension}."));
        }

        if (!Array.TrueForAll(query, float.IsFinite))
        {
            throw RequestFault.Bad("query", "a number or a weight is too large.");
        }

        using var searching = ServerTrace.Start("search");
        await _turn.WaitAsync(scope.Cancel).ConfigureAwait(false);
        try
        {
            return await ReadAsync(() => store.SearchAsync(new Embeddings(query, query.Length), wanted, scope.Cancel))
                .ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Reads something of the store.</summary>
    /// <exception cref="RequestFault">500: it cannot be read.</exception>
    public async Task<T> ReadAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (ClipException fault)
        {
            log.Failed(fault); // of the index's files, which are no caller's business
            throw new RequestFault(StatusCodes.Status500InternalServerError, "The index cannot be read; the log says why.");
        }
    }

    /// <summary>Refuses a page that is too long or too far down.</summary>
    public static void Check(PictureSelection wanted, ServerLimits limits)
    {
        if (wanted.Top < 1 || wanted.Top > limits.Results)
        {
            throw RequestFault.Bad("top", FormattableString.Invariant($"found {wanted.Top}; 1 to {limits.Results} is expected."));
        }

        if (wanted.Skip < 0 || (long)wanted.Skip + wanted.Top > limits.Depth)
        {
            throw RequestFault.Bad("skip", FormattableString.Invariant(
                $"found {wanted.Skip}; together with top 0 to {limits.Depth} is expected."));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();
}
