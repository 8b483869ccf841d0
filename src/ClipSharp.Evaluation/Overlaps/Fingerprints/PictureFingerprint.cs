using System.Buffers.Binary;
using System.IO.Hashing;
using ClipSharp.Images;

namespace ClipSharp.Evaluation.Overlaps.Fingerprints;

/// <summary>By what a picture is known again without a model.</summary>
/// <param name="Pixels">XxHash128 over width, height and the pixels on white: equal for equal pixels, whatever file they come
/// from.</param>
/// <param name="Look">What it looks like.</param>
public readonly record struct PictureFingerprint(UInt128 Pixels, PerceptualHash Look)
{
    /// <summary>Numbers of a fingerprint in a row of features.</summary>
    internal const int Width = 24;

    private const int Bytes = Width * sizeof(ushort);

    /// <summary>The fingerprint of a picture.</summary>
    public static PictureFingerprint Of(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var opaque = image.Over(255, 255, 255);
        var hash = new XxHash128();
        Span<byte> size = stackalloc byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(size, opaque.Width);
        BinaryPrimitives.WriteInt32LittleEndian(size[sizeof(int)..], opaque.Height);
        hash.Append(size);
        hash.Append(opaque.Pixels);
        return new PictureFingerprint(hash.GetCurrentHashAsUInt128(), PerceptualHash.Of(opaque));
    }

    /// <summary>The fingerprint in a row of features, [24].</summary>
    internal static PictureFingerprint FromRow(ReadOnlySpan<float> row)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        for (var i = 0; i < Width; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[(i * sizeof(ushort))..], (ushort)row[i]);
        }

        return new PictureFingerprint(BinaryPrimitives.ReadUInt128LittleEndian(bytes),
            new PerceptualHash(Word(bytes, 16), Word(bytes, 24), Word(bytes, 32), Word(bytes, 40)));

        static ulong Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
    }

    /// <summary>Writes it as 24 numbers of 16 bits, which float32 holds exactly: so the store of features keeps it.</summary>
    internal void WriteTo(Span<float> row)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, Pixels);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], Look.First);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], Look.Second);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], Look.Third);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], Look.Fourth);
        for (var i = 0; i < Width; i++)
        {
            row[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * sizeof(ushort))..]);
        }
    }
}
