using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ClipSharp.Weights;

/// <summary>Tensors in another floating format, rounded to nearest, ties to even, as PyTorch rounds.</summary>
internal static class NumberFormats
{
    /// <summary>The tensor in a format; converted when its bytes are asked for.</summary>
    /// <param name="tensor">F16, BF16, F32 or F64.</param>
    /// <param name="type">F16, BF16 or F32.</param>
    public static NamedTensor Converted(NamedTensor tensor, TensorType type) => tensor.Type == type
        ? tensor
        : new NamedTensor(tensor.Name, type, tensor.Shape, () => Bytes(tensor, type));

    /// <summary>Reads 16-bit floats into memory of twice their size and widens them there.</summary>
    /// <param name="type">F16 or BF16.</param>
    /// <param name="destination">The numbers.</param>
    /// <param name="read">Fills the bytes it is given, two for each number.</param>
    public static void Widen(TensorType type, Span<float> destination, Action<Span<byte>> read)
    {
        // They are read into the second half and widened from the front: what is written never reaches what is not read yet.
        var narrow = MemoryMarshal.Cast<float, ushort>(destination)[destination.Length..];
        read(MemoryMarshal.AsBytes(narrow));
        const int most = 1024;
        Span<ushort> block = stackalloc ushort[most];
        for (var done = 0; done < destination.Length; done += most)
        {
            var count = Math.Min(most, destination.Length - done);
            narrow.Slice(done, count).CopyTo(block);
            var target = destination.Slice(done, count);
            if (type == TensorType.F16)
            {
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<ushort, Half>(block[..count]), target);
                continue;
            }

            for (var i = 0; i < count; i++)
            {
                target[i] = BitConverter.UInt32BitsToSingle((uint)block[i] << 16);
            }
        }
    }

    /// <summary>Whether a tensor of floats holds a NaN or an infinity: numbers whose exponent is all ones.</summary>
    public static bool HoldsNotFinite(NamedTensor tensor) => tensor.Type switch
    {
        TensorType.F16 => HasExponent<ushort>(tensor, 0x7C00),
        TensorType.BF16 => HasExponent<ushort>(tensor, 0x7F80),
        TensorType.F32 => HasExponent<uint>(tensor, 0x7F800000),
        TensorType.F64 => HasExponent<ulong>(tensor, 0x7FF0000000000000),
        _ => false,
    };

    private static bool HasExponent<T>(NamedTensor tensor, T mask)
        where T : unmanaged, IBinaryInteger<T>
    {
        foreach (var bits in MemoryMarshal.Cast<byte, T>(tensor.Bytes().Span))
        {
            if ((bits & mask) == mask)
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlyMemory<byte> Bytes(NamedTensor tensor, TensorType type)
    {
        var values = tensor.ReadFloats();
        switch (type)
        {
            case TensorType.F32:
                return MemoryMarshal.AsBytes<float>(values).ToArray();
            case TensorType.F16:
                var halves = new Half[values.Length];
                TensorPrimitives.ConvertToHalf(values, halves);
                for (var i = 0; i < halves.Length; i++)
                {
                    _ = !Half.IsInfinity(halves[i]) || float.IsInfinity(values[i]) ? 0 : throw TooLarge(tensor, values[i]);
                }

                return MemoryMarshal.AsBytes<Half>(halves).ToArray();
            case TensorType.BF16:
                var upper = new ushort[values.Length];
                for (var i = 0; i < upper.Length; i++)
                {
                    upper[i] = UpperHalf(values[i]);
                }

                return MemoryMarshal.AsBytes<ushort>(upper).ToArray();
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "F32, F16 or BF16.");
        }
    }

    private static ushort UpperHalf(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? (ushort)((bits >> 16) | 0x40)
            : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static ClipException TooLarge(NamedTensor tensor, float value) =>
        new(ClipError.Data, "A weight is too large for float16", tensor.Name, $"{value}", "at most 65504",
            "Convert to bf16 or fp32.");
}
