using System.Buffers.Binary;
using System.Text;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Weights.PyTorch;

/// <summary>A zip file whose headers a test may spoil before it is read.</summary>
internal sealed class CraftedZip
{
    private readonly Dictionary<string, (int Local, int Central)> _places = [];

    /// <param name="records">Names and contents, stored.</param>
    public CraftedZip(params (string Name, byte[] Content)[] records)
    {
        var file = new List<byte>();
        var directory = new List<byte>();
        foreach (var (name, content) in records)
        {
            var text = Encoding.Latin1.GetBytes(name);
            byte[] middle = [0, 0, 0, 0, 0, 0, 0, 0, .. U32(Crc(content)), .. U32((uint)content.Length),
                .. U32((uint)content.Length), .. U16(text.Length)];
            _places[name] = (file.Count, directory.Count);
            directory.AddRange([.. "PK\u0001\u0002"u8, 20, 0, 20, 0, .. middle, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                .. U32((uint)file.Count), .. text]);
            file.AddRange([.. "PK\u0003\u0004"u8, 20, 0, .. middle, 0, 0, .. text, .. content]);
        }

        Directory = file.Count;
        End = file.Count + directory.Count;
        Bytes = [.. file, .. directory, .. "PK\u0005\u0006"u8, 0, 0, 0, 0, .. U16(records.Length), .. U16(records.Length),
            .. U32((uint)directory.Count),
            .. U32((uint)file.Count), 0, 0];
    }

    public byte[] Bytes { get; private set; }

    /// <summary>Where the directory begins.</summary>
    public int Directory { get; }

    /// <summary>Where the end record begins.</summary>
    public int End { get; }

    /// <summary>Where a record's local header begins.</summary>
    public int Local(string name) => _places[name].Local;

    /// <summary>Where a record's entry in the directory begins.</summary>
    public int Central(string name) => Directory + _places[name].Central;

    /// <summary>An archive of PyTorch's with one pickle and the storages 0 (four floats), 1 (two halves), 2 (nothing).</summary>
    public static CraftedZip Torch(byte[] pickle, bool isTorchScript = false)
    {
        (string, byte[])[] records =
        [
            ("a/data.pkl", pickle), ("a/data/0", [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64]),
            ("a/data/1", [0, 60, 0, 64]), ("a/data/2", []),
            ("a/version", "3\n"u8.ToArray()),
        ];
        return new CraftedZip(isTorchScript
            ? [.. records, ("a/constants.pkl", [0x80, 2, (byte)')', (byte)'.']), ("a/code/__torch__.py", [1])]
            : records);
    }

    public CraftedZip Put(int at, params byte[] bytes)
    {
        bytes.CopyTo(Bytes, at);
        return this;
    }

    public CraftedZip Put(int at, uint value) => Put(at, U32(value));

    public CraftedZip Insert(int at, params byte[] bytes)
    {
        Bytes = [.. Bytes[..at], .. bytes, .. Bytes[at..]];
        return this;
    }

    public IWeightsFile Read() => WeightsFile.Parse(Bytes, "crafted.pt");

    public ClipException Refusal() => Assert.Throws<ClipException>(() => Read().Dispose());

    public static byte[] U16(int value) => [(byte)value, (byte)(value >> 8)];

    public static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    public static byte[] U64(ulong value) => [.. U32((uint)value), .. U32((uint)(value >> 32))];

    // Bit by bit: not the code under test.
    private static uint Crc(byte[] content)
    {
        var crc = uint.MaxValue;
        foreach (var value in content)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
