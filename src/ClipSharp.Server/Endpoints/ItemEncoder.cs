using System.Text;
using ClipSharp.Server.Limits;
using ClipSharp.Server.Requests;
using ClipSharp.Server.Telemetry;
using ClipSharp.Text;

namespace ClipSharp.Server.Endpoints;

/// <summary>Texts, token ids and pictures of a request to vectors, through the model's worker: what several requests hand in
/// together is computed together.</summary>
internal static class ItemEncoder
{
    private const int StartAndEnd = 2;

    /// <summary>The vectors of a request's items.</summary>
    /// <param name="served">The model.</param>
    /// <param name="items">In any order.</param>
    /// <param name="scope">The request, which takes room for them.</param>
    /// <returns>One vector an item, in order, and the tokens that were read.</returns>
    public static async Task<(float[][] Vectors, long Tokens)> EncodeAsync(
        ServedModel served, IReadOnlyList<EmbeddingItem> items, RequestScope scope)
    {
        var clip = served.Clip;
        int[] pictures = [.. Enumerable.Range(0, items.Count).Where(i => items[i].Picture is not null)];
        int[] texts = [.. Enumerable.Range(0, items.Count).Except(pictures)];
        foreach (var text in texts)
        {
            Check(served, items[text], scope.Limits);
        }

        scope.Place.Add(pictures.Length, texts.Sum(text => MostTokens(clip, items[text].Text, items[text].Tokens)));
        using var encoding = ServerTrace.Start("encode");
        var vectors = new float[items.Count][];
        if (pictures.Length > 0)
        {
            var encoded = await clip.EncodeImagesAsync([.. pictures.Select(i => items[i].Picture!.Bytes)], scope.Cancel)
                .ConfigureAwait(false);
            Put(encoded, pictures, vectors);
        }

        long read = 0;
        foreach (var part in texts.Chunk(clip.BatchSize))
        {
            var tokens = Tokenize(served.Tokenizer, clip.Config.Text.ContextLength, [.. part.Select(i => items[i])]);
            Put(await clip.Encoder.EncodeTextsAsync(tokens, scope.Cancel).ConfigureAwait(false), part, vectors);
            read += tokens.TokenCount;
        }

        return (vectors, read);
    }

    /// <summary>The vector of one text.</summary>
    public static async Task<float[]> TextAsync(ServedModel served, string text, RequestScope scope) =>
        (await EncodeAsync(served, [new EmbeddingItem(text)], scope).ConfigureAwait(false)).Vectors[0];

    /// <summary>Refuses a text that is longer than its limit.</summary>
    public static void CheckText(string text, string where, ServerLimits limits)
    {
        if (text.Length > limits.TextBytes || Encoding.UTF8.GetByteCount(text) > limits.TextBytes)
        {
            throw RequestFault.Bad(where, FormattableString.Invariant($"a text is longer than {limits.TextBytes} bytes."));
        }
    }

    /// <summary>The most tokens that a text can be: one a byte, start and end, and no more than the model reads.</summary>
    public static long MostTokens(Clip clip, string? text, int[]? tokens = null) => Math.Min(clip.Config.Text.ContextLength,
        (tokens?.Length ?? Encoding.UTF8.GetByteCount(text!)) + StartAndEnd);

    private static void Check(ServedModel served, EmbeddingItem item, ServerLimits limits)
    {
        var tokenizer = served.Tokenizer;
        if (item.Text is { } text)
        {
            CheckText(text, "input", limits);
            return;
        }

        var (ids, most) = (item.Tokens!, served.Clip.Config.Text.ContextLength);
        if (ids.Length + tokenizer.Missing(ids) > most)
        {
            throw RequestFault.Bad("input", FormattableString.Invariant(
                $"{ids.Length} token ids with start and end are more than the {most} that the model reads."));
        }

        if (Array.Find(ids, id => id < 0 || id >= tokenizer.VocabularySize) is not 0 and var wrong)
        {
            throw RequestFault.Bad("input", FormattableString.Invariant(
                $"there is no token {wrong}; ids are 0 to {tokenizer.VocabularySize - 1}."));
        }
    }

    private static TokenBatch Tokenize(TextTokenizer tokenizer, int contextLength, EmbeddingItem[] items)
    {
        var ids = new int[items.Length * contextLength];
        var ends = new int[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            var row = ids.AsSpan(i * contextLength, contextLength);
            if (items[i].Text is { } text)
            {
                tokenizer.Tokenize(text, row, out ends[i]);
                continue;
            }

            tokenizer.Frame(items[i].Tokens!, row, out ends[i]);
        }

        return new TokenBatch(ids, contextLength, ends);
    }

    private static void Put(Embeddings encoded, int[] places, float[][] vectors)
    {
        for (var row = 0; row < places.Length; row++)
        {
            var vector = encoded.Row(row).ToArray();
            vectors[places[row]] = Array.TrueForAll(vector, float.IsFinite) ? vector
                : throw new InvalidOperationException("The model computed a vector that is not finite.");
        }
    }
}
