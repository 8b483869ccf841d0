using System.Globalization;

namespace ClipSharp.Onnx.Folders;

/// <summary>What a TensorProto says of its size and of the file that holds it.</summary>
internal sealed class StoredTensor
{
    /// <summary>Numbers it holds, at most 2^62: more are as impossible.</summary>
    public long Elements { get; private set; } = 1;

    /// <summary>Its type, as TensorProto.DataType counts.</summary>
    public ulong Type { get; set; }

    /// <summary>Whether its bytes stand in the message as they are.</summary>
    public bool IsRaw { get; set; }

    /// <summary>The other file that holds it, or null.</summary>
    public string? Location { get; private set; }

    /// <summary>Where it begins there; negative if that is no number.</summary>
    public long Offset { get; private set; }

    /// <summary>Bytes it has there, where that is said; negative if that is no number.</summary>
    public long? Length { get; private set; }

    /// <summary>Bytes by shape and type; null for texts and types that are not known here.</summary>
    public long? ByteLength => BitsOf(Type) is { } bits
        ? (long)Int128.Min((((Int128)Elements * bits) + 7) / 8, long.MaxValue)
        : null;

    /// <summary>One more side of its shape.</summary>
    public void Add(ulong side) => Elements = (long)UInt128.Min((UInt128)Elements * side, 1UL << 62);

    /// <summary>An entry of its reference to another file.</summary>
    public void Refer((string Key, string Value) entry)
    {
        switch (entry.Key)
        {
            case "location":
                Location = entry.Value;
                break;
            case "offset":
                Offset = Number(entry.Value);
                break;
            case "length":
                Length = Number(entry.Value);
                break;
        }

        Location ??= ""; // whatever else is said: it lies elsewhere
    }

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : -1;

    private static int? BitsOf(ulong type) => type switch
    {
        2 or 3 or 9 or (>= 17 and <= 20) or 24 => 8,
        4 or 5 or 10 or 16 => 16,
        1 or 6 or 12 => 32,
        7 or 11 or 13 or 14 => 64,
        15 => 128,
        21 or 22 or 23 => 4,
        _ => null,
    };
}
