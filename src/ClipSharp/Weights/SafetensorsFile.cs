using System.Buffers.Binary;

namespace ClipSharp.Weights;

/// <summary>A safetensors file, checked whole when opened and mapped into memory: a tensor's pages are read when first used.
/// Safe for many readers at once. Spans and addresses die with <see cref="Dispose"/>; the file must not be cut
/// meanwhile.</summary>
public sealed unsafe class SafetensorsFile : IWeightsFile
{
    private readonly MappedFile _file;
    private readonly SafetensorsHeader _header;
    private readonly Lazy<IReadOnlyDictionary<string, NamedTensor>> _named;

    private SafetensorsFile(MappedFile file)
    {
        _file = file;
        _header = SafetensorsHeader.Read(file.Span(0, (int)Math.Min(file.Length, SafetensorsHeader.MaxLength + 8)), file.Length,
            file.Path);
        _named = new(() => Tensors.Values.ToDictionary(tensor => tensor.Name, Named));
        foreach (var tensor in Tensors.Values.Where(tensor => tensor.Type == TensorType.Bool))
        {
            CheckBooleans(tensor);
        }
    }

    /// <inheritdoc/>
    public string FilePath => _file.Path;

    /// <inheritdoc/>
    public string Container => "safetensors";

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _header.Tensors;

    IReadOnlyDictionary<string, NamedTensor> IWeightsFile.Tensors => _named.Value;

    /// <summary>What the writer said of the file; never to be trusted.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Maps and checks a file.</summary>
    /// <exception cref="ClipException">It is absent (NoInput) or breaks a rule of the format (Data).</exception>
    public static SafetensorsFile Open(string path) => Read(MappedFile.Open(path));

    /// <summary>Checks a file that is in memory already.</summary>
    /// <param name="content">The whole file; pinned, not copied.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="ClipException">It breaks a rule of the format.</exception>
    public static SafetensorsFile Parse(byte[] content, string name) => Read(MappedFile.Over(content, name));

    /// <summary>Takes the file over; closes it when it is refused.</summary>
    internal static SafetensorsFile Read(MappedFile file)
    {
        try
        {
            return new SafetensorsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file's first bytes are those of this format: a length that leaves room for a header, then its
    /// brace.</summary>
    internal static bool IsOne(ReadOnlySpan<byte> head, long length) => head.Length > 8 && head[8] == '{'
        && BinaryPrimitives.ReadUInt64LittleEndian(head) <= (ulong)Math.Min(SafetensorsHeader.MaxLength, length - 8);

    /// <summary>A tensor's bytes, without a copy.</summary>
    /// <exception cref="ClipException">No such tensor, or it has 2 GiB or more.</exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        var tensor = Find(name);
        return tensor.ByteLength <= int.MaxValue
            ? new ReadOnlySpan<byte>(At(tensor), (int)tensor.ByteLength)
            : throw Unfit(tensor, $"{tensor.ByteLength} bytes", "less than 2 GiB");
    }

    /// <summary>A tensor as float32, in its own order, converted from F16, BF16, F32 or F64.</summary>
    /// <exception cref="ClipException">No such tensor, another type, or too many numbers for an array.</exception>
    public float[] ReadFloats(string name) => Named(Find(name)).ReadFloats();

    /// <summary>Unmaps the file.</summary>
    public void Dispose() => _file.Dispose();

    private byte* At(TensorInfo tensor) => _file.At(tensor.Offset);

    private NamedTensor Named(TensorInfo tensor) => new(tensor.Name, tensor.Type, tensor.Shape,
        () => tensor.ByteLength <= int.MaxValue
            ? _file.Memory(tensor.Offset, (int)tensor.ByteLength)
            : throw Unfit(tensor, $"{tensor.ByteLength} bytes", "less than 2 GiB"),
        destination => _file.Read(tensor.Offset, destination));

    private TensorInfo Find(string name) => Tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new ClipException(ClipError.Data, "A tensor is missing", FilePath, $"no {name} among {Tensors.Count} tensors",
            name,
            "Check that these weights belong to the model.");

    private void CheckBooleans(TensorInfo tensor)
    {
        for (long done = 0; done < tensor.ByteLength; done += int.MaxValue)
        {
            var bytes = new ReadOnlySpan<byte>(At(tensor) + done, (int)Math.Min(int.MaxValue, tensor.ByteLength - done));
            var bad = bytes.IndexOfAnyExceptInRange((byte)0, (byte)1);
            if (bad >= 0)
            {
                throw SafetensorsHeader.Damaged(FilePath, tensor.Offset + done + bad, $"{tensor.Name} holds what is no BOOL",
                    $"{bytes[bad]}", "0 or 1");
            }
        }
    }

    private ClipException Unfit(TensorInfo tensor, string found, string expected) =>
        new(ClipError.Data, $"{tensor.Name} cannot be read this way", FilePath, found, expected, "Use another weights file.");
}
