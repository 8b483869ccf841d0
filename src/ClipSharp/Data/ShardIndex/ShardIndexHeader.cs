using System.Buffers.Binary;
using System.IO.Hashing;

namespace ClipSharp.Data.ShardIndex;

/// <summary>The head of a shard's index: of which shard it is and what is in it.</summary>
/// <remarks>Little-endian: the mark (8 bytes), the version and the head's length (4 each), XXH128 of the rest of the head, then
/// the members in their order. The records follow, then the losses and notes as JSON.</remarks>
internal sealed record ShardIndexHeader
{
    /// <summary>Bytes.</summary>
    public const int Size = 160;

    private const int Version = 1;
    private const int HashedFrom = 32;

    private static ReadOnlySpan<byte> Mark => "CSSHARDS"u8;

    /// <summary>Hash of how the shard was read.</summary>
    public required UInt128 Settings { get; init; }

    /// <summary>Bytes of the shard.</summary>
    public required long ShardLength { get; init; }

    /// <summary>Ticks (UTC) of the shard's last change.</summary>
    public required long ShardModified { get; init; }

    /// <summary>Usable samples.</summary>
    public required long Samples { get; init; }

    /// <summary>Their captions.</summary>
    public required long Captions { get; init; }

    /// <summary>Samples with bytes that were no UTF-8.</summary>
    public required long RepairedTexts { get; init; }

    /// <summary>Bytes of losses and notes; 0 = there are none.</summary>
    public required long TailLength { get; init; }

    /// <summary>XXH128 of the records.</summary>
    public required UInt128 RecordsHash { get; init; }

    /// <summary>XXH128 of losses and notes.</summary>
    public required UInt128 TailHash { get; init; }

    /// <summary>SHA-256 of the samples, as 64 hex digits.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>How long the whole file is.</summary>
    public long FileLength => Size + (Samples * ShardRecord.Size) + TailLength;

    /// <summary>As bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        Mark.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Size);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(32), Settings);
        var place = 48;
        foreach (var number in (long[])[ShardLength, ShardModified, Samples, Captions, RepairedTexts, TailLength])
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(place), number);
            place += 8;
        }

        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(96), RecordsHash);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(112), TailHash);
        Convert.FromHexString(Fingerprint).CopyTo(bytes, 128);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(16), XxHash128.HashToUInt128(bytes.AsSpan(HashedFrom)));
        return bytes;
    }

    /// <summary>The head that these bytes are, or null: another version, damaged, or no head.</summary>
    public static ShardIndexHeader? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size || !bytes.StartsWith(Mark) || BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) != Version
            || BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]) != Size
            || BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]) != XxHash128.HashToUInt128(bytes[HashedFrom..]))
        {
            return null;
        }

        var numbers = new long[6];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(48 + (8 * i))..]);
        }

        return new ShardIndexHeader
        {
            Settings = BinaryPrimitives.ReadUInt128LittleEndian(bytes[32..]),
            ShardLength = numbers[0],
            ShardModified = numbers[1],
            Samples = numbers[2],
            Captions = numbers[3],
            RepairedTexts = numbers[4],
            TailLength = numbers[5],
            RecordsHash = BinaryPrimitives.ReadUInt128LittleEndian(bytes[96..]),
            TailHash = BinaryPrimitives.ReadUInt128LittleEndian(bytes[112..]),
            Fingerprint = Convert.ToHexStringLower(bytes.Slice(128, 32)),
        };
    }
}
