using System.Numerics.Tensors;
using ClipSharp.Images;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ClipSharp.Onnx.Sessions;

/// <summary>What goes into one input of a graph, a row a picture or text, in the number format that the graph takes.</summary>
internal abstract class InputRows(string name)
{
    /// <summary>The input's.</summary>
    public string Name => name;

    /// <summary>Some rows, not copied.</summary>
    public abstract OrtValue Rows(int first, int count);

    /// <summary>Pictures: bytes as they are where the graph normalises, else normalised by mean and deviation.</summary>
    /// <param name="name">The input's.</param>
    /// <param name="type">Its number format: uint8 or float32.</param>
    /// <param name="pixels">uint8 [B, 3, H, W].</param>
    /// <param name="preprocess">Mean and deviation.</param>
    public static InputRows OfPixels(string name, TensorElementType type, PixelBatch pixels, PreprocessConfig preprocess)
    {
        var (height, width) = pixels.Size;
        long[] shape = [3, height, width];
        var length = ArrayLength.Of("numbers of pixels", pixels.Count, 3, height, width);
        var plane = height * width;
        if (type == TensorElementType.UInt8)
        {
            var bytes = new byte[length];
            for (var i = 0; i < pixels.Count; i++)
            {
                pixels.Picture(i).CopyTo(bytes.AsSpan(3 * i * plane));
            }

            return new Of<byte>(name, bytes, shape);
        }

        // (value − 255·mean) / (255·deviation), plane by plane.
        var normalized = new float[length];
        for (var i = 0; i < 3 * pixels.Count; i++)
        {
            var (picture, channel) = Math.DivRem(i, 3);
            var values = normalized.AsSpan(i * plane, plane);
            TensorPrimitives.ConvertChecked(pixels.Picture(picture).Slice(channel * plane, plane), values);
            TensorPrimitives.Subtract(values, (float)(preprocess.Mean[channel] * 255), values);
            TensorPrimitives.Divide(values, (float)(preprocess.Std[channel] * 255), values);
        }

        return new Of<float>(name, normalized, shape);
    }

    /// <summary>Token ids, or the mask over them.</summary>
    /// <param name="name">The input's.</param>
    /// <param name="type">Its number format: int64 or int32.</param>
    /// <param name="values">B · T numbers.</param>
    /// <param name="length">T.</param>
    public static InputRows OfTokens(string name, TensorElementType type, int[] values, int length) =>
        type == TensorElementType.Int32
            ? new Of<int>(name, values, [length])
            : new Of<long>(name, Array.ConvertAll(values, value => (long)value), [length]);

    /// <summary>Rows of numbers as they are.</summary>
    internal sealed class Of<T>(string name, T[] values, long[] shape) : InputRows(name) where T : unmanaged
    {
        public override OrtValue Rows(int first, int count)
        {
            var row = shape.Aggregate(1, (product, side) => product * (int)side);
            return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values.AsMemory(first * row, count * row),
                [count, .. shape]);
        }
    }
}
