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

    /// <summary>How many are wanted, and which.</summary>
    /// <param name="Top">How many.</param>
    /// <param name="Least">The least score.</param>
    /// <param name="Filters">What a picture must fit.</param>
    public sealed record Wish(int Top, float Least, IReadOnlyList<PictureFilter> Filters);

    /// <summary>The index.</summary>
    /// <exception cref="RequestFault">404: none is served.</exception>
    public static PictureIndex RequireIndex(ServedModel served) => served.Index ?? throw new RequestFault(
        StatusCodes.Status404NotFound, "No index of pictures is served: make one with clipsharp index and give it by --index.");

    /// <summary>Pictures for a query of words and a picture.</summary>
    public async Task<IReadOnlyList<FoundPicture>> FindAsync(ServedModel served, IReadOnlyList<SearchTerm> terms,
        PictureInput? picture, Wish wish, RequestScope scope)
    {
        EmbeddingItem[] items = [.. terms.Select(term => new EmbeddingItem(term.Text)),
            .. picture is null ? Array.Empty<EmbeddingItem>() : [new EmbeddingItem(Picture: picture)]];
        CheckTop(wish.Top, scope.Limits);
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

        return await FindAsync(served, sum, wish, scope).ConfigureAwait(false);
    }

    /// <summary>Pictures for a vector.</summary>
    public async Task<IReadOnlyList<FoundPicture>> FindAsync(ServedModel served, float[] query, Wish wish, RequestScope scope)
    {
        CheckTop(wish.Top, scope.Limits);
        if (!Array.TrueForAll(query, float.IsFinite))
        {
            throw RequestFault.Bad("query", "the weights are too large.");
        }

        var index = RequireIndex(served);
        using var searching = ServerTrace.Start("search");
        await _turn.WaitAsync(scope.Cancel).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => index.Search(new Embeddings(query, query.Length), wish.Top, wish.Least, wish.Filters,
                scope.Cancel)[0], scope.Cancel).ConfigureAwait(false);
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
