using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Xunit;

namespace ClipSharp.Testing.Odd;

/// <summary>What became of a format's mutants.</summary>
/// <param name="Tried">Mutants read.</param>
/// <param name="Accepted">Read without complaint.</param>
/// <param name="Refusals">How often each rule refused, by the first words of its message.</param>
public sealed record MutationReport(int Tried, int Accepted, IReadOnlyDictionary<string, int> Refusals);

/// <summary>One fuzzer for all formats: damages sound files in ways that real damage and malice take, and demands that the reader
/// either reads the mutant or refuses it with <see cref="ClipException"/>, in bounded memory. The same seed, the same
/// mutants.</summary>
public static class Mutations
{
    private const long BaseMemory = 64L << 20;
    private const int HeadLength = 4096;

    private static readonly long[] Extremes =
    [
        0, 1, -1, 2, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, 1L << 31, uint.MaxValue, 1L << 32, 1L << 40,
        long.MaxValue,
        long.MinValue,
    ];

    private static readonly string[] Words =
    [
        "0", "1", "-1", "1.5", "1e2", "1e999", "2147483648", "4294967296", "9223372036854775807", "18446744073709551616", "null",
        "[]", "{}",
        "\"\"",
    ];

    /// <summary>Reads mutants and fails at the first that breaks the rule.</summary>
    /// <param name="sound">A sound file; it must be read without complaint.</param>
    /// <param name="read">Reads a file to its end.</param>
    /// <param name="count">Mutants.</param>
    /// <param name="seed">Chooses the mutants.</param>
    public static MutationReport Run(byte[] sound, Action<byte[]> read, int count = 2000, int seed = 1)
    {
        read(sound);
        var accepted = 0;
        var refusals = new Dictionary<string, int>();
        var number = 0;
        foreach (var (mutant, how) in Of(sound, count, seed))
        {
            var name = $"mutant {number++} ({how})";
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(mutant);
                accepted++;
            }
            catch (ClipException e)
            {
                Assert.False(e.Message.Any(char.IsControl), $"{name}: the message is not one plain line");
                var rule = e.Message.Split(" (")[0];
                refusals[rule] = refusals.GetValueOrDefault(rule) + 1;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"{name} let {e.GetType().Name} out: {e}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= BaseMemory + (4L * mutant.Length), $"{name} made the reader allocate {allocated} bytes");
        }

        return new MutationReport(number, accepted, refusals);
    }

    /// <summary>Mutants of a sound file, each with a word on how it was made.</summary>
    public static IEnumerable<(byte[] Bytes, string How)> Of(byte[] sound, int count, int seed = 1)
    {
        for (var i = 0; i < count; i++)
        {
            var random = new RandomStream(seed, RandomPurpose.Synthesis, i);
            var mutant = (byte[])sound.Clone();
            var how = new StringBuilder();
            // Most damage is single; some comes in threes.
            for (var times = random.NextInt32(4) == 0 ? 3 : 1; times > 0; times--)
            {
                (mutant, var what) = Damage(mutant, i % 8, ref random);
                how.Append(CultureInfo.InvariantCulture, $"{what}; ");
            }

            yield return (mutant, how.ToString());
        }
    }

    private static (byte[] Mutant, string How) Damage(byte[] bytes, int kind, ref RandomStream random)
    {
        if (bytes.Length == 0)
        {
            return ([(byte)random.NextInt32(256)], "one byte");
        }

        var at = Position(bytes.Length, ref random);
        switch (kind)
        {
            case 0:
                return (bytes[..at], $"cut at {at}");
            case 1:
                bytes[at] ^= (byte)(1 << random.NextInt32(8));
                return (bytes, $"bit of byte {at}");
            case 2:
                bytes[at] = (byte)random.NextInt32(256);
                return (bytes, $"byte {at}");
            case 3:
                return (SetInteger(bytes, at, ref random), $"integer at {at}");
            case 4 or 5:
                return ReplaceNumber(bytes, at, ref random);
            case 6:
                var length = 1 + random.NextInt32(Math.Min(64, bytes.Length - at));
                return ([.. bytes[..at], .. bytes[(at + length)..]], $"{length} bytes lost at {at}");
            default:
                var from = Position(bytes.Length, ref random);
                var copied = 1 + random.NextInt32(Math.Min(64, bytes.Length - from));
                return ([.. bytes[..at], .. bytes[from..(from + copied)], .. bytes[at..]],
                    $"{copied} bytes of {from} put in at {at}");
        }
    }

    // Half of the places lie in the file's head, where its lengths are.
    private static int Position(int length, ref RandomStream random) =>
        random.NextInt32(random.NextBool(0.5) ? length : Math.Min(length, HeadLength));

    private static byte[] SetInteger(byte[] bytes, int at, ref RandomStream random)
    {
        var size = 1 << random.NextInt32(4);
        if (random.NextBool(0.5))
        {
            at -= at % size; // fields are mostly aligned
        }

        if (at + size > bytes.Length)
        {
            return bytes;
        }

        Span<byte> field = bytes.AsSpan(at, size), whole = stackalloc byte[8];
        whole.Clear();
        field.CopyTo(whole);
        var old = BinaryPrimitives.ReadInt64LittleEndian(whole);
        var value = random.NextInt32(3) switch
        {
            0 => old + 1,
            1 => old - 1,
            _ => Extremes[random.NextInt32(Extremes.Length)],
        };
        BinaryPrimitives.WriteInt64LittleEndian(whole, value);
        whole[..size].CopyTo(field);
        if (random.NextInt32(4) == 0)
        {
            field.Reverse();
        }

        return bytes;
    }

    // The next number written in digits becomes another one, or no number.
    private static (byte[] Mutant, string How) ReplaceNumber(byte[] bytes, int at, ref RandomStream random)
    {
        var start = bytes.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0)
        {
            bytes[at] = (byte)random.NextInt32(256);
            return (bytes, $"byte {at}");
        }

        start += at;
        var end = bytes.AsSpan(start).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        end = end < 0 ? bytes.Length : start + end;
        var word = Words[random.NextInt32(Words.Length)];
        return ([.. bytes[..start], .. Encoding.ASCII.GetBytes(word), .. bytes[end..]], $"number at {start} becomes {word}");
    }
}
