using System.Buffers;
using ClipSharp.Weights;
using static TorchSharp.torch;

namespace ClipSharp.Torch;

/// <summary>Between tensors of the engine and tensors of weight files, without a copy on the way out.</summary>
public static class StateDict
{
    /// <summary>A view of a contiguous CPU tensor for a writer; the tensor must live until it is written.</summary>
    public static NamedTensor Named(string name, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var held = value.detach().cpu().contiguous();
        return new NamedTensor(name, TypeOf(held.dtype), [.. held.shape], new TensorMemory(held).Memory);
    }

    /// <summary>Copies tensors of a file into tensors of the same names and shapes, converting number formats.</summary>
    /// <param name="file">Where from.</param>
    /// <param name="targets">Where to.</param>
    /// <param name="where">The file's path, for the message.</param>
    /// <exception cref="ClipException">A name is missing or has another shape; all such are listed.</exception>
    public static void Copy(SafetensorsFile file, IEnumerable<(string Name, Tensor Value)> targets, string where)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var faults = new List<string>();
        foreach (var (name, target) in targets)
        {
            if (!file.Tensors.TryGetValue(name, out var info))
            {
                faults.Add($"{name} is missing");
            }
            else if (info.Shape.Aggregate(1L, (a, b) => a * b) != target.numel() || (!info.Shape.SequenceEqual(target.shape) && target.dim() > 0))
            {
                faults.Add($"{name} is [{string.Join(", ", info.Shape)}] instead of [{string.Join(", ", target.shape)}]");
            }
            else
            {
                using var source = Read(file, info);
                target.copy_(source.view(target.shape));
            }
        }

        if (faults.Count > 0)
        {
            throw new ClipException(ClipError.Data, "The weights do not fit the model", where, string.Join("; ", faults.Take(8)) +
                (faults.Count > 8 ? $"; and {faults.Count - 8} more" : string.Empty), "the tensors of its configuration",
                "Use the configuration that the weights came with.");
        }
    }

    private static Tensor Read(SafetensorsFile file, TensorInfo info)
    {
        var result = empty(info.Shape, TypeOf(info));
        if (info.ByteLength > 0)
        {
            file.Bytes(info.Name).CopyTo(result.bytes);
        }

        return result;
    }

    private static TensorType TypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => TensorType.F32,
        ScalarType.Float16 => TensorType.F16,
        ScalarType.BFloat16 => TensorType.BF16,
        ScalarType.Float64 => TensorType.F64,
        ScalarType.Int64 => TensorType.I64,
        ScalarType.Int32 => TensorType.I32,
        ScalarType.Byte => TensorType.U8,
        _ => throw new ArgumentException($"Tensors of {type} are not written.", nameof(type)),
    };

    private static ScalarType TypeOf(TensorInfo info) => info.Type switch
    {
        TensorType.F32 => ScalarType.Float32,
        TensorType.F16 => ScalarType.Float16,
        TensorType.BF16 => ScalarType.BFloat16,
        TensorType.F64 => ScalarType.Float64,
        TensorType.I64 => ScalarType.Int64,
        TensorType.I32 => ScalarType.Int32,
        TensorType.U8 => ScalarType.Byte,
        _ => throw new ClipException(ClipError.Data, "The number format is not read", info.Name, $"{info.Type}", "a float or integer format",
            "Convert the weights to float32, float16 or bfloat16."),
    };

    private sealed unsafe class TensorMemory(Tensor tensor) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => tensor.bytes;

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
