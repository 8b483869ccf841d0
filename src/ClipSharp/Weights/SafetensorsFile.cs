using System.IO.MemoryMappedFiles;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ClipSharp.Weights;

/// <summary>A safetensors file, checked whole when opened and mapped into memory: a tensor's pages are read when first used.
/// Safe for many readers at once. Spans and addresses die with <see cref="Dispose"/>; the file must not be cut meanwhile.</summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly string _path;
    private readonly SafetensorsHeader _header;
    private readonly byte* _start;
    private Action? _release;

    private SafetensorsFile(string path, byte* start, long length, Action release)
    {
        _path = path;
        _start = start;
        _release = release;
        try
        {
            var whole = new ReadOnlySpan<byte>(start, (int)Math.Min(length, SafetensorsHeader.MaxLength + 8));
            _header = SafetensorsHeader.Read(whole, length, path);
            foreach (var tensor in Tensors.Values.Where(tensor => tensor.Type == TensorType.Bool))
            {
                CheckBooleans(tensor);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _header.Tensors;

    /// <summary>What the writer said of the file; never to be trusted.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Maps and checks a file.</summary>
    /// <exception cref="ClipException">It is absent (NoInput) or breaks a rule of the format (Data).</exception>
    public static SafetensorsFile Open(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            var length = stream.Length;
            if (length == 0)
            {
                return Parse([], path); // an empty file cannot be mapped; the header's check refuses it
            }

            using var map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, true);
            var view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            byte* pointer = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            return new SafetensorsFile(path, pointer + view.PointerOffset, length, () =>
            {
                view.SafeMemoryMappedViewHandle.ReleasePointer();
                view.Dispose();
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The weights cannot be opened", path, e.Message, "a readable safetensors file",
                "Check the path.", e);
        }
    }

    /// <summary>Checks a file that is in memory already.</summary>
    /// <param name="content">The whole file; pinned, not copied.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="ClipException">It breaks a rule of the format.</exception>
    public static SafetensorsFile Parse(byte[] content, string name)
    {
        var pin = GCHandle.Alloc(content, GCHandleType.Pinned);
        return new SafetensorsFile(name, (byte*)pin.AddrOfPinnedObject(), content.LongLength, pin.Free);
    }

    /// <summary>A tensor's bytes, without a copy.</summary>
    /// <exception cref="ClipException">No such tensor, or it has 2 GiB or more: use <see cref="Address"/>.</exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        var tensor = Find(name);
        return tensor.ByteLength <= int.MaxValue
            ? new ReadOnlySpan<byte>(At(tensor), (int)tensor.ByteLength)
            : throw Unfit(tensor, $"{tensor.ByteLength} bytes", "less than 2 GiB");
    }

    /// <summary>The address of a tensor's first byte, for engines that read it in place; any alignment.</summary>
    /// <exception cref="ClipException">No such tensor.</exception>
    public nint Address(string name) => (nint)At(Find(name));

    /// <summary>A tensor as float32, in its own order, converted from F16, BF16, F32 or F64.</summary>
    /// <exception cref="ClipException">No such tensor, another type, or too many numbers for an array.</exception>
    public float[] ReadFloats(string name)
    {
        var tensor = Find(name);
        if (tensor.Count > Array.MaxLength)
        {
            throw Unfit(tensor, $"{tensor.Count} numbers", $"at most {Array.MaxLength}");
        }

        var count = (int)tensor.Count;
        var result = new float[count];
        switch (tensor.Type)
        {
            case TensorType.F32:
                new ReadOnlySpan<float>(At(tensor), count).CopyTo(result);
                break;
            case TensorType.F16:
                TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(At(tensor), count), result);
                break;
            case TensorType.BF16:
                var halves = new ReadOnlySpan<ushort>(At(tensor), count);
                for (var i = 0; i < count; i++)
                {
                    result[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
                }

                break;
            case TensorType.F64:
                TensorPrimitives.ConvertTruncating(new ReadOnlySpan<double>(At(tensor), count), result.AsSpan());
                break;
            default:
                throw Unfit(tensor, tensor.Type.Name(), "F16, BF16, F32 or F64");
        }

        return result;
    }

    /// <summary>Unmaps the file.</summary>
    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();

    private byte* At(TensorInfo tensor)
    {
        ObjectDisposedException.ThrowIf(_release is null, this);
        return _start + tensor.Offset;
    }

    private TensorInfo Find(string name) => Tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new ClipException(ClipError.Data, "A tensor is missing", _path, $"no {name} among {Tensors.Count} tensors", name,
            "Check that these weights belong to the model.");

    private void CheckBooleans(TensorInfo tensor)
    {
        for (long done = 0; done < tensor.ByteLength; done += int.MaxValue)
        {
            var bytes = new ReadOnlySpan<byte>(At(tensor) + done, (int)Math.Min(int.MaxValue, tensor.ByteLength - done));
            var bad = bytes.IndexOfAnyExceptInRange((byte)0, (byte)1);
            if (bad >= 0)
            {
                throw SafetensorsHeader.Damaged(_path, tensor.Offset + done + bad, $"{tensor.Name} holds what is no BOOL",
                    $"{bytes[bad]}", "0 or 1");
            }
        }
    }

    private ClipException Unfit(TensorInfo tensor, string found, string expected) =>
        new(ClipError.Data, $"{tensor.Name} cannot be read this way", _path, found, expected, "Use another weights file.");
}
