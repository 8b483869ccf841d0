using System.Buffers;
using System.Runtime.InteropServices;
using ClipSharp.Weights;
using static TorchSharp.torch;

namespace ClipSharp.Torch;

/// <summary>Between tensors of the engine and tensors of weight files, without a copy on the way out.</summary>
public static class StateDict
{
    /// <summary>A tensor for a writer: a view where it is contiguous and on the CPU, which must live until it is written; else a
    /// copy.</summary>
    public static NamedTensor Named(string name, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        using var scope = NewDisposeScope();
        var isView = value.device_type == TorchSharp.DeviceType.CPU && value.is_contiguous();
        var bytes = isView ? new TensorMemory(value).Memory : value.detach().cpu().contiguous().bytes.ToArray();
        return new NamedTensor(name, TypeOf(value.dtype), [.. value.shape], bytes);
    }

    /// <summary>Copies stored tensors into tensors of the same names and shapes, converting number formats. One tensor at a time
    /// is in memory twice, and none on the CPU where the formats are the same or 16 bits become float32.</summary>
    /// <param name="stored">Where from.</param>
    /// <param name="targets">Where to; contiguous, on the CPU or elsewhere.</param>
    /// <param name="where">The weights' path, for the message.</param>
    /// <exception cref="ClipException">A name is missing or has another shape; all such are listed.</exception>
    public static void Copy(IReadOnlyDictionary<string, NamedTensor> stored, IEnumerable<(string Name, Tensor Value)> targets,
        string where)
    {
        ArgumentNullException.ThrowIfNull(stored);
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var faults = new List<string>();
        foreach (var (name, target) in targets)
        {
            if (!stored.TryGetValue(name, out var source))
            {
                faults.Add($"{name} is missing");
            }
            else if (source.Shape.Aggregate(1L, (a, b) => a * b) != target.numel()
                || (!source.Shape.SequenceEqual(target.shape) && target.dim() > 0))
            {
                faults.Add($"{name} is [{string.Join(", ", source.Shape)}] instead of [{string.Join(", ", target.shape)}]");
            }
            else if (source.ByteLength > 0)
            {
                Copy(source, target);
            }
        }

        if (faults.Count > 0)
        {
            throw new ClipException(ClipError.Data, "The weights do not fit the model", where, string.Join("; ", faults.Take(8)) +
                (faults.Count > 8 ? $"; and {faults.Count - 8} more" : string.Empty), "the tensors of its configuration",
                "Use the configuration that the weights came with.");
        }
    }

    private static void Copy(NamedTensor source, Tensor target)
    {
        var type = TypeOf(source);
        if (target.device.type == TorchSharp.DeviceType.CPU)
        {
            if (type == target.dtype)
            {
                source.CopyTo(target.bytes);
                return;
            }

            if (target.dtype == ScalarType.Float32 && type is ScalarType.Float16 or ScalarType.BFloat16)
            {
                source.CopyFloatsTo(MemoryMarshal.Cast<byte, float>(target.bytes));
                return;
            }
        }

        using var read = empty(target.shape, type);
        source.CopyTo(read.bytes);
        target.copy_(read);
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

    private static ScalarType TypeOf(NamedTensor stored) => stored.Type switch
    {
        TensorType.F32 => ScalarType.Float32,
        TensorType.F16 => ScalarType.Float16,
        TensorType.BF16 => ScalarType.BFloat16,
        TensorType.F64 => ScalarType.Float64,
        TensorType.I64 => ScalarType.Int64,
        TensorType.I32 => ScalarType.Int32,
        TensorType.U8 => ScalarType.Byte,
        _ => throw new ClipException(ClipError.Data, "The number format is not read", stored.Name, stored.Type.Name(),
            "a float or integer format",
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
