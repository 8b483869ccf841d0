using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ClipSharp.Weights;

namespace ClipSharp.Onnx.Graphs;

/// <summary>Weights in fewer bits. What is made is made when it is written, so that one tensor at a time is in memory.</summary>
internal static class Quantization
{
    private const float Most = 127; // as many below 0 as above: there is no zero point

    /// <summary>In half precision; what is too large for it becomes infinite, as nowhere in a CLIP.</summary>
    public static NamedTensor Half(NamedTensor tensor) => new(tensor.Name + "_fp16", TensorType.F16, tensor.Shape, () =>
    {
        var (values, halves) = (tensor.ReadFloats(), new Half[tensor.ByteLength / sizeof(float)]);
        TensorPrimitives.ConvertToHalf(values, halves);
        return MemoryMarshal.AsBytes<Half>(halves).ToArray();
    });

    /// <summary>In integers of 8 bits: a channel's largest number is 127 times its factor.</summary>
    /// <param name="tensor">Of two axes or more.</param>
    /// <param name="axis">That of the channels.</param>
    /// <returns>The integers, and the factors [C]; of a channel of zeros 0.</returns>
    public static (NamedTensor Integers, NamedTensor Factors) Int8(NamedTensor tensor, int axis)
    {
        var channels = (int)tensor.Shape[axis];
        var inner = (int)tensor.Shape[(axis + 1)..].Aggregate(1L, (product, side) => product * side);
        return (new NamedTensor(tensor.Name + "_int8", TensorType.I8, tensor.Shape, Integers),
            new NamedTensor(tensor.Name + "_factors", TensorType.F32, [channels],
                () => MemoryMarshal.AsBytes<float>(Factors(tensor.ReadFloats())).ToArray()));

        float[] Factors(float[] values)
        {
            var factors = new float[channels];
            for (var i = 0; i < values.Length; i += inner)
            {
                ref var factor = ref factors[i / inner % channels];
                factor = Math.Max(factor, Math.Abs(TensorPrimitives.MaxMagnitude(values.AsSpan(i, inner))) / Most);
            }

            return factors;
        }

        ReadOnlyMemory<byte> Integers()
        {
            var values = tensor.ReadFloats();
            var (factors, integers) = (Factors(values), new byte[values.Length]);
            for (var i = 0; i < values.Length; i++)
            {
                var factor = factors[i / inner % channels];
                integers[i] = factor == 0 ? (byte)0 : (byte)(sbyte)MathF.Round(values[i] / factor);
            }

            return integers;
        }
    }
}
