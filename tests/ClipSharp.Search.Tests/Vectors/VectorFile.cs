using System.Runtime.InteropServices;
using ClipSharp.Search.Vectors;
using ClipSharp.Weights;

namespace ClipSharp.Search.Tests.Vectors;

/// <summary>Vectors as a file of halves.</summary>
internal static class VectorFile
{
    /// <summary>Writes and maps rows.</summary>
    public static MappedVectors Write(string path, Embeddings rows)
    {
        Write(path, [.. Enumerable.Range(0, rows.Count).SelectMany(row => rows.Row(row).ToArray()).Select(x => (Half)x)],
            [rows.Count, rows.Dimension]);
        return MappedVectors.Open(path);
    }

    /// <summary>Writes halves of a shape.</summary>
    public static void Write(string path, Half[] halves, long[] shape)
    {
        using var file = File.Create(path);
        Npy.Write(file, TensorType.F16, shape, MemoryMarshal.AsBytes(halves.AsSpan()));
    }
}
