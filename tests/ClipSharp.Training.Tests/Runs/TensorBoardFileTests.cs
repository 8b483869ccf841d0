using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using ClipSharp.Training.Runs;

namespace ClipSharp.Training.Tests.Runs;

public sealed class TensorBoardFileTests
{
    [Fact]
    public void Records_are_framed_and_summed_as_readers_check_them()
    {
        using var folder = new TemporaryFolder();
        using (var board = new TensorBoardFile(folder["board"], TimeProvider.System))
        {
            board.Add("train/loss", 7, 1.5, 1000.5);
        }

        var messages = Records(File.ReadAllBytes(Directory.GetFiles(folder["board"]).Single())).ToList();
        Assert.Equal(2, messages.Count);
        Assert.Contains("brain.Event:2", Encoding.ASCII.GetString(messages[0]), StringComparison.Ordinal);
        byte[] value = [0x0A, 10, .. "train/loss"u8, 0x15, 0, 0, 0xC0, 0x3F]; // tag, then 1.5 as float
        byte[] wall = [0x09, 0, 0, 0, 0, 0, 0x44, 0x8F, 0x40];                // 1000.5 as double
        Assert.Equal([.. wall, 0x10, 7, 0x2A, (byte)(value.Length + 2), 0x0A, (byte)value.Length, .. value], messages[1]);
    }

    // TensorBoard forgets what it has of these steps and later when it meets the beginning of a session.
    [Fact]
    public void A_run_that_goes_on_begins_a_session_after_its_last_step()
    {
        using var tiny = new TinyRun();
        tiny.RunUntil(2, tiny.Options());
        tiny.Run(tiny.Options() with { Resume = "latest" });

        byte[] third = [0x10, 3, 0x3A, 2, 0x08, 1]; // step 3, session_log: status START
        var sessions = Directory.GetFiles(tiny.Folder["logs/run/tensorboard"]).Order(StringComparer.Ordinal)
            .SelectMany(file => Records(File.ReadAllBytes(file))).Where(message => message.AsSpan().EndsWith(third.AsSpan(2)));

        Assert.Equal(third, Assert.Single(sessions)[9..]);
    }

    private static IEnumerable<byte[]> Records(byte[] file)
    {
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(Sum(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            var message = file.AsSpan(at + 12, length).ToArray();
            Assert.Equal(Sum(message), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            at += 16 + length;
            yield return message;
        }
    }

    // CRC-32C bit by bit, masked as TensorFlow's record format asks.
    private static uint Sum(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }
        }

        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
