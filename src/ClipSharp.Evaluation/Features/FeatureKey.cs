using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ClipSharp.Data.Index;

namespace ClipSharp.Evaluation.Features;

/// <summary>Everything that features depend on; when one of these changes, so does the key.</summary>
/// <param name="Model">The model's weights, its engine, for texts its tokenizer: 64 hex digits; "" where no model is
/// asked.</param>
/// <param name="Preprocessing">All that pixels depend on, as a line of text; "" for texts.</param>
/// <param name="Data">SHA-256 over the texts, or over where the pictures lie and how the files were when they were
/// indexed.</param>
/// <param name="Layer">"projected", "pooled", "text" or "fingerprint".</param>
public sealed record FeatureKey(string Model, string Preprocessing, string Data, string Layer)
{
    // Raised when features are computed or kept another way: older ones are then not found.
    private const int Version = 1;

    /// <summary>The key of the features of an index's pictures. Neither captions nor classes are part of it: tasks on the same
    /// pictures share them.</summary>
    public static FeatureKey OfPictures(Clip clip, SampleIndex index, FeatureLayer layer)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(index);
        return new FeatureKey(clip.VectorsKey(withTexts: false), clip.PixelsKey, DataOf(index), Spelling.Of(layer));
    }

    /// <summary>SHA-256 over where the pictures lie and how the files were when they were indexed, 64 hex digits.</summary>
    internal static string DataOf(SampleIndex index)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var numbers = new Dictionary<SampleFile, int>(); // samples in another order come back to a file more than once
        foreach (var file in index.Files.Where(file => numbers.TryAdd(file, numbers.Count)))
        {
            Add(hash, $"{file.Name} {file.Length} {file.Modified.Ticks}");
        }

        for (var sample = 0; sample < index.Count; sample++)
        {
            var picture = index.Picture(sample);
            Add(hash, $"{numbers[picture.File]} {picture.Offset} {picture.Length}");
        }

        return End(hash);
    }

    /// <summary>The key of texts.</summary>
    public static FeatureKey OfTexts(Clip clip, IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(texts);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in texts)
        {
            Add(hash, text);
        }

        return new FeatureKey(clip.VectorsKey(withTexts: true), "", End(hash), "text");
    }

    /// <summary>SHA-256 of all of it, 64 hex digits: the name of the folder that holds the features.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in new[] { Version.ToString(CultureInfo.InvariantCulture), Model, Preprocessing, Data, Layer })
        {
            Add(hash, part);
        }

        return End(hash);
    }

    // Lengths are hashed too, so that no two lists read alike.
    private static void Add(IncrementalHash hash, FormattableString text) => Add(hash, FormattableString.Invariant(text));

    private static void Add(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }

    private static string End(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset());
}
