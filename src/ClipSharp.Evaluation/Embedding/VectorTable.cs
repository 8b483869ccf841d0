using System.Runtime.InteropServices;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Embedding;

/// <summary>The vectors of a shard, in the number format in which they are written.</summary>
/// <param name="type">F32 or F16.</param>
/// <param name="dimension">E.</param>
internal sealed class VectorTable(TensorType type, int dimension)
{
    private readonly List<byte[]> _batches = [];
    private long _rows;

    /// <summary>Adds vectors, [B, E].</summary>
    public void Add(Embeddings vectors)
    {
        _rows += vectors.Count;
        if (type == TensorType.F32)
        {
            _batches.Add(MemoryMarshal.AsBytes(vectors.Values.AsSpan()).ToArray());
            return;
        }

        var halves = new Half[vectors.Values.Length];
        for (var i = 0; i < halves.Length; i++)
        {
            halves[i] = (Half)vectors.Values[i];
        }

        _batches.Add(MemoryMarshal.AsBytes(halves.AsSpan()).ToArray());
    }

    /// <summary>Writes a .npy file, [N, E].</summary>
    public void Write(Stream stream)
    {
        Npy.WriteHeader(stream, type, [_rows, dimension]);
        foreach (var batch in _batches)
        {
            stream.Write(batch);
        }
    }
}
