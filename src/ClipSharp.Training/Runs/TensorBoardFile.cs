using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using ClipSharp.Files;

namespace ClipSharp.Training.Runs;

/// <summary>Writes scalars as TensorBoard reads them: records of (length, its check sum, an Event message, its check sum), where
/// a check sum is CRC-32C rotated by 15 bits plus a constant [tensorflow, lib/io/record_writer.cc]. A cut last record is ignored
/// by readers.</summary>
internal sealed class TensorBoardFile : IDisposable
{
    private readonly AppendedFile _file;

    public TensorBoardFile(string folder, TimeProvider time)
    {
        DurableStorage.CreateFolder(folder);
        var seconds = time.GetUtcNow().ToUnixTimeSeconds();
        var path = Path.Combine(folder,
            FormattableString.Invariant($"events.out.tfevents.{seconds}.{Environment.ProcessId}.clipsharp"));
        _file = new AppendedFile(path, ofLines: false);
        Write(Event(seconds, step: 0, [.. Bytes(3, Encoding.ASCII.GetBytes("brain.Event:2"))])); // file_version
    }

    /// <summary>Says that a run goes on: TensorBoard forgets what it has of this step and later ones, which a process that ended
    /// without a checkpoint wrote.</summary>
    public void BeginSession(long step, double wallSeconds) =>
        Write(Event(wallSeconds, step, [.. Bytes(7, [0x08, 1])])); // session_log = 7, status = 1: START

    /// <summary>Adds one value of a curve.</summary>
    public void Add(string tag, long step, double value, double wallSeconds)
    {
        // tag = 1, simple_value = 2 (fixed32)
        byte[] item = [.. Bytes(1, Encoding.UTF8.GetBytes(tag)), 0x15, .. Little((float)value)];
        Write(Event(wallSeconds, step, [.. Bytes(5, [.. Bytes(1, item)])]));                      // summary = 5, value = 1
    }

    /// <summary>Values left out.</summary>
    public int Lost => _file.Lost;

    public void Dispose() => _file.Dispose();

    private static byte[] Event(double wallSeconds, long step, byte[] rest)
    {
        var time = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(time, wallSeconds);
        return [0x09, .. time, 0x10, .. Varint((ulong)step), .. rest]; // wall_time = 1 (fixed64), step = 2
    }

    private void Write(byte[] message)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)message.Length);
        _file.Append([.. length, .. Checksum(length), .. message, .. Checksum(message)]);
    }

    private static byte[] Bytes(int field, byte[] value) => [(byte)((field << 3) | 2), .. Varint((ulong)value.Length), .. value];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static byte[] Little(float value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Checksum(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        crc = BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, crc);
        return bytes;
    }
}
