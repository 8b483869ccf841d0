using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Testing;

/// <summary>An encoder without an engine: a unit vector drawn from a hash of the pixels or of the ids up to the end token. Equal
/// inputs have equal vectors, different ones nearly orthogonal ones.</summary>
public sealed class FakeEncoder(int embedDim = 32) : IClipEncoder
{
    /// <inheritdoc/>
    public int EmbedDim => embedDim;

    /// <inheritdoc/>
    public Logits Logits => new(100);

    /// <inheritdoc/>
    public string Engine => "fake";

    /// <summary>Whether every vector holds a NaN.</summary>
    public bool Spoilt { get; init; }

    /// <summary>How many texts were encoded.</summary>
    public int TextsEncoded { get; private set; }

    /// <summary>The sizes of the batches of texts.</summary>
    public List<int> TextBatches { get; } = [];

    /// <inheritdoc/>
    public Embeddings EncodeImages(PixelBatch pixels) =>
        Rows(pixels.Count, row => Hash(pixels.Picture(row).ToArray().Select(b => (int)b)));

    /// <inheritdoc/>
    public Embeddings EncodeTexts(TokenBatch tokens)
    {
        TextsEncoded += tokens.Count;
        TextBatches.Add(tokens.Count);
        return Rows(tokens.Count, row => Hash(tokens.Row(row)[..(tokens.EndPositions[row] + 1)].ToArray()));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private Embeddings Rows(int count, Func<int, long> seed)
    {
        var values = new float[count * embedDim];
        for (var row = 0; row < count; row++)
        {
            UnitVectors.Fill(values.AsSpan(row * embedDim, embedDim), seed(row));
            values[row * embedDim] = Spoilt ? float.NaN : values[row * embedDim];
        }

        return new Embeddings(values, embedDim);
    }

    private static long Hash(IEnumerable<int> values) =>
        values.Aggregate(17L, (hash, value) => unchecked((hash * 1_000_003) + value));
}
