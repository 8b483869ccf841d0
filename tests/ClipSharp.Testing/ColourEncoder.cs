using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Testing;

/// <summary>An encoder without an engine that knows red, green and blue: a picture's vector is its mean colour, a text's the
/// colours it names. What has none of them lies far from all three.</summary>
/// <param name="tokenizer">The tokenizer of the texts.</param>
public sealed class ColourEncoder(TextTokenizer tokenizer) : IClipEncoder
{
    private static readonly string[] Names = ["red", "green", "blue"];

    /// <inheritdoc/>
    public int EmbedDim => 4;

    /// <inheritdoc/>
    public Logits Logits { get; init; } = new(10);

    /// <inheritdoc/>
    public string Engine => "colour";

    /// <summary>A model with this encoder, and the configuration of a small one.</summary>
    /// <param name="folder">Where its files are written.</param>
    /// <param name="seed">Another seed, other weights in the files.</param>
    public static Clip ClipIn(TemporaryFolder folder, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return new Clip(new ColourEncoder(BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"))),
            TinyModel.Write(folder[FormattableString.Invariant($"model{seed}")], seed));
    }

    /// <summary>How many texts were encoded.</summary>
    public int TextsEncoded { get; private set; }

    /// <inheritdoc/>
    public Embeddings EncodeImages(PixelBatch pixels) => Rows(pixels.Count, (row, channel) =>
    {
        var cells = (int)pixels.Size.Area;
        var plane = pixels.Picture(row).Slice(channel * cells, cells);
        var sum = 0;
        foreach (var level in plane)
        {
            sum += level;
        }

        return sum / (255f * plane.Length);
    });

    /// <inheritdoc/>
    public Embeddings EncodeTexts(TokenBatch tokens)
    {
        TextsEncoded += tokens.Count;
        return Rows(tokens.Count, (row, channel) =>
            tokenizer.Decode(tokens.Row(row).ToArray()).Contains(Names[channel], StringComparison.Ordinal) ? 1 : 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static Embeddings Rows(int count, Func<int, int, float> value)
    {
        var values = new float[count * 4];
        for (var row = 0; row < count; row++)
        {
            var colour = new[] { value(row, 0), value(row, 1), value(row, 2), 0.01f };
            var norm = MathF.Sqrt(colour.Sum(x => x * x));
            for (var i = 0; i < 4; i++)
            {
                values[(row * 4) + i] = colour[i] / norm;
            }
        }

        return new Embeddings(values, 4);
    }
}
