using System.Globalization;
using System.Runtime.CompilerServices;

namespace ClipSharp.Weights.PyTorch;

/// <summary>The weights in a file that PyTorch wrote. A tensor whose numbers lie dense is a view of the mapped file; any other
/// (transposed, sliced, expanded) is copied into row-major order each time it is read, and tensors that share numbers become
/// independent of each other.</summary>
internal sealed unsafe class TorchFile : IWeightsFile
{
    // Views of one number can claim any size: what all tensors have together is bounded by what the file has.
    private const long FreeBytes = 64L << 20;
    private const int MaxExpansion = 4;

    private readonly MappedFile _file;

    /// <param name="file">Closed with this.</param>
    /// <param name="container">What it is.</param>
    /// <param name="root">What its pickle made.</param>
    /// <exception cref="ClipException">It holds no state dict, or claims more bytes than it can mean.</exception>
    public TorchFile(MappedFile file, string container, object? root)
    {
        _file = file;
        Container = container;
        var state = new TorchState(root, file.Path);
        CheckSize(state);
        Tensors = state.Tensors.ToDictionary(pair => pair.Key, pair => Named(pair.Key, pair.Value));
        Metadata = WithScalars(state.Metadata);
    }

    public string FilePath => _file.Path;

    public string Container { get; }

    public IReadOnlyDictionary<string, NamedTensor> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public void Dispose() => _file.Dispose();

    private void CheckSize(TorchState state)
    {
        var most = Math.Max(FreeBytes, MaxExpansion * _file.Length);
        long total = 0;
        foreach (var (name, tensor) in state.Tensors)
        {
            // A tensor's own size fits 63 bits: that was checked where it was made.
            if (tensor.ByteLength > most - total)
            {
                throw new ClipException(ClipError.Data, $"The tensors up to {name} are larger than their file can mean",
                    _file.Path,
                    $"{tensor.ByteLength} bytes and {total} before it", $"at most {most}, {MaxExpansion} times the file",
                    "Save them without expanded views.");
            }

            total += tensor.ByteLength;
        }
    }

    private NamedTensor Named(string name, TorchTensor tensor)
    {
        var (storage, size) = (tensor.Storage, tensor.Storage.Type.Size());
        Func<ReadOnlyMemory<byte>> bytes = () =>
        {
            storage.Record?.Verify();
            var length = tensor.ByteLength <= Array.MaxLength ? (int)tensor.ByteLength : throw TooLong(name, tensor.ByteLength);
            return tensor.IsDense ? _file.Memory(storage.Offset + (tensor.Offset * size), length) : Gather(tensor, length);
        };
        return new NamedTensor(name, storage.Type, tensor.Shape, bytes, !tensor.IsDense ? null : destination =>
        {
            if (storage.Record is { } record)
            {
                record.Read(tensor.Offset * size, destination);
                return;
            }

            _file.Read(storage.Offset + (tensor.Offset * size), destination);
        });
    }

    // Row by row of the last axis; an odometer over the others.
    private byte[] Gather(TorchTensor tensor, int length)
    {
        var (shape, strides, size) = (tensor.Shape, tensor.Strides, tensor.Storage.Type.Size());
        var result = new byte[length];
        var start = _file.At(tensor.Storage.Offset + (tensor.Offset * size));
        var index = new long[shape.Length];
        var (inner, step) = (shape[^1], strides[^1] * size);
        var from = 0L;
        fixed (byte* target = result)
        {
            var to = target;
            while (to < target + length)
            {
                var source = start + from;
                for (var i = 0L; i < inner; i++)
                {
                    Unsafe.CopyBlockUnaligned(to, source, (uint)size);
                    to += size;
                    source += step;
                }

                for (var axis = shape.Length - 2; axis >= 0; axis--)
                {
                    from += strides[axis] * size;
                    if (++index[axis] < shape[axis])
                    {
                        break;
                    }

                    from -= shape[axis] * strides[axis] * size;
                    index[axis] = 0;
                }
            }
        }

        return result;
    }

    // OpenAI's archives keep the model's settings as tensors of one integer beside its weights.
    private Dictionary<string, string> WithScalars(IReadOnlyDictionary<string, string> metadata)
    {
        var result = metadata.ToDictionary();
        foreach (var tensor in Tensors.Values)
        {
            if (tensor is { Type: TensorType.I64, Shape.Length: 0 } && !tensor.Name.Contains('.'))
            {
                result.TryAdd(tensor.Name, BitConverter.ToInt64(tensor.Bytes().Span).ToString(CultureInfo.InvariantCulture));
            }
        }

        return result;
    }

    private ClipException TooLong(string name, long length) => new(ClipError.Data, $"{name} cannot be read this way", _file.Path,
        $"{length} bytes", "less than 2 GiB", "Use another weights file.");
}
