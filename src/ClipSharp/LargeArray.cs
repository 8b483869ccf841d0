using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ClipSharp;

/// <summary>Numbers one after the other, more than an array of them holds. Arrays are limited in elements, not in bytes: beyond
/// the limit the memory is an array of 8-byte numbers, up to 16 GiB.</summary>
internal sealed class LargeArray<T>
    where T : unmanaged
{
    /// <param name="values">Taken over, not copied.</param>
    public LargeArray(T[] values) => (Memory, Length) = (values, values.LongLength);

    /// <summary>So many numbers, undefined until they are written.</summary>
    /// <exception cref="ClipException">They are more than 16 GiB.</exception>
    public LargeArray(long length)
        : this(length, length <= Array.MaxLength ? GC.AllocateUninitializedArray<T>((int)length) : LongWords(length, false))
    {
    }

    private LargeArray(long length, Array memory) => (Memory, Length) = (memory, length);

    /// <summary>An array of T or of long that begins with the numbers.</summary>
    public Array Memory { get; }

    /// <summary>How many.</summary>
    public long Length { get; }

    /// <summary>All numbers as one array of them.</summary>
    /// <exception cref="ClipException">No array holds them.</exception>
    public T[] Values => Memory as T[] ?? throw ArrayLength.TooLong(typeof(T).Name + "s", Length);

    /// <summary>The memory that is used beyond the limit, whatever the length.</summary>
    public static LargeArray<T> OfLongWords(long length) => new(length, LongWords(length, false));

    /// <summary>So many numbers on the heap of pinned objects, undefined until they are written: for what lives as long as a
    /// run.</summary>
    /// <exception cref="ClipException">They are more than 16 GiB.</exception>
    public static LargeArray<T> Pinned(long length) => new(length, length <= Array.MaxLength
        ? GC.AllocateUninitializedArray<T>((int)length, pinned: true)
        : LongWords(length, true));

    /// <summary>Some of the numbers in place.</summary>
    public Span<T> Slice(long start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
        ref var first = ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(Memory));
        return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref first, (nint)start), length);
    }

    private static long[] LongWords(long length, bool isPinned)
    {
        var numbersAWord = sizeof(long) / Unsafe.SizeOf<T>();
        return GC.AllocateUninitializedArray<long>(
            ArrayLength.Of("words of 8 bytes", (length + numbersAWord - 1) / numbersAWord), isPinned);
    }
}
