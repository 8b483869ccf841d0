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

    /// <summary>Pictures for a query of words and a picture.</summary>
    public async Task<IReadOnlyList<FoundPicture>> FindAsync(ServedModel served, IReadOnlyList<SearchTerm> terms,
        PictureInput? picture, PictureSelection wanted, RequestScope scope)
    {
        EmbeddingItem[] items = [.. terms.Select(term => new EmbeddingItem(term.Text)),
            .. picture is null ? Array.Empty<EmbeddingItem>() : [new EmbeddingItem(Picture: picture)]];
        CheckTop(wanted.Top, scope.Limits);
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

        return await FindAsync(served, sum, wanted, scope).ConfigureAwait(false);
    }

    /// <summary>Pictures for a vector.</summary>
    public async Task<IReadOnlyList<FoundPicture>> FindAsync(ServedModel served, float[] query, PictureSelection wanted, RequestScope scope)
    {
        CheckTop(wanted.Top, scope.Limits);
        if (!Array.TrueForAll(query, float.IsFinite))
        {
            throw RequestFault.Bad("query", "the weights are too large.");
        }

        var store = RequireStore(served);
        await _turn.WaitAsync(scope.Cancel).ConfigureAwait(false);
        try
        {
            return await store.SearchAsync(new Embeddings(query, query.Length), wanted, scope.Cancel).ConfigureAwait(false);
        }
        catch (ClipException fault)
        {
            log.Failed(fault); // of the index's files, which are no caller's business
            throw new RequestFault(StatusCodes.Status500InternalServerError, "The index cannot be read; the log says why.");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private static void CheckTop(int top, ServerLimits limits)
    {
        if (top < 1 || top > limits.Results)
        {
            throw RequestFault.Bad("top", FormattableString.Invariant($"found {top}; 1 to {limits.Results} is expected."));
        }
    }
}
