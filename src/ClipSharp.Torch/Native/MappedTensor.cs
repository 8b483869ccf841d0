using static TorchSharp.torch;

namespace ClipSharp.Torch.Native;

/// <summary>Tensors whose numbers stay in their file until they are touched: nothing is copied, and processes share the pages.</summary>
public static class MappedTensor
{
    /// <summary>A part of a file as a tensor on the CPU. Writing into it changes this process's view only. The map lives as
    /// long as the tensor and its views; the file must not be cut meanwhile (the system would end the process).</summary>
    /// <param name="path">The file; numbers in this machine's byte order, row-major.</param>
    /// <param name="offset">Where they begin, in bytes. When it is no multiple of the element's size, they are copied.</param>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="type">The type of its elements.</param>
    /// <exception cref="ClipException">The file is absent or too short.</exception>
    public static Tensor Open(string path, long offset, ReadOnlySpan<long> shape, ScalarType type)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new ClipException(ClipError.NoInput, "The file does not exist", path, "no such file", "a file", "Check the path.");
        }

        // A link's own length is that of its target's name.
        file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        using var scope = NewDisposeScope();
        var size = empty(0, type).ElementSize;
        var count = 1L;
        foreach (var length in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(shape));
            count = checked(count * length);
        }

        var end = checked(offset + (count * size));
        if (end > file.Length)
        {
            throw new ClipException(ClipError.Data, "The file ends inside a tensor", $"{path}, byte {offset}", $"{file.Length} bytes",
                $"{end} or more", "Fetch the file again.");
        }

        if (count == 0)
        {
            return empty(shape, type).MoveToOuterDisposeScope();
        }

        var tensor = offset % size == 0 ? Map(path, offset / size, count, type) : Copy(path, offset, count, type);
        return tensor.view(shape.ToArray()).MoveToOuterDisposeScope();
    }

    // libtorch maps a file from its beginning; what lies before the tensor costs addresses, not memory.
    private static Tensor Map(string path, long first, long count, ScalarType type) =>
        from_file(path, shared: false, size: first + count, dtype: type).narrow(0, first, count);

    private static Tensor Copy(string path, long offset, long count, ScalarType type)
    {
        var tensor = empty(count, type);
        using var stream = File.OpenRead(path);
        stream.Position = offset;
        stream.ReadExactly(tensor.bytes);
        return tensor;
    }
}
