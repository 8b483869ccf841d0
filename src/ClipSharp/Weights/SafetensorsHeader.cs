using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace ClipSharp.Weights;

/// <summary>Reads the header of a safetensors file: u64 length, JSON, then the tensors' bytes without holes
/// (huggingface/safetensors, format description and <c>tensor.rs</c>). Stricter than the reference: names stand once,
/// unknown members of an entry, odd names and long metadata are refused.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The reference's cap on the JSON's length.</summary>
    public const long MaxLength = 100_000_000;

    /// <summary>The entry that is no tensor.</summary>
    public const string MetadataName = "__metadata__";

    private const int PrefixLength = 8;
    private const int MaxMetadataLength = 1 << 20;
    private const int MaxNameLength = 512;
    private const int MaxRank = 64;

    private readonly string _path;
    private readonly long _fileLength;
    private readonly int _length;
    private readonly Dictionary<string, TensorInfo> _tensors = [];
    private readonly Dictionary<string, string> _metadata = [];
    private bool _hasMetadata;

    private SafetensorsHeader(string path, long fileLength, int length)
    {
        _path = path;
        _fileLength = fileLength;
        _length = length;
    }

    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    private long DataStart => PrefixLength + _length;

    /// <param name="start">The file's first bytes, at least its header where the file is whole.</param>
    /// <param name="fileLength">Bytes of the whole file.</param>
    /// <param name="path">For messages.</param>
    public static SafetensorsHeader Read(ReadOnlySpan<byte> start, long fileLength, string path)
    {
        if (fileLength < PrefixLength)
        {
            throw Damaged(path, 0, "the file ends inside its length field", $"{fileLength} bytes", "at least 8");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        var most = Math.Min(MaxLength, fileLength - PrefixLength);
        if (length < 2 || length > (ulong)most)
        {
            throw Damaged(path, 0, "the header's length is impossible", $"{length}", $"2 to {most}");
        }

        var header = new SafetensorsHeader(path, fileLength, (int)length);
        header.Parse(start.Slice(PrefixLength, (int)length));
        header.CheckLayout();
        return header;
    }

    private void Parse(ReadOnlySpan<byte> json)
    {
        if (json[0] != '{')
        {
            throw Bad(0, "the header is no JSON object", $"byte {json[0]:x2}", "{");
        }

        if (!Utf8.IsValid(json))
        {
            throw Bad(0, "the header is no UTF-8", "bytes that are none", "UTF-8");
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
        try
        {
            reader.Read(); // {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = Name(ref reader);
                reader.Read();
                if (name == MetadataName)
                {
                    ReadMetadata(ref reader);
                }
                else
                {
                    ReadEntry(name, ref reader);
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperation: an escaped lone surrogate in a string.
            throw Bad(reader.TokenStartIndex, "the header is no valid JSON", e.Message, "JSON", e);
        }

        var padding = json[(int)reader.BytesConsumed..].IndexOfAnyExcept((byte)' ');
        if (padding >= 0)
        {
            throw Bad(reader.BytesConsumed + padding, "the header goes on after its object", "other bytes", "spaces only");
        }
    }

    /// <summary>Whether a tensor may be called so.</summary>
    public static bool IsFit(string name) => Encoding.UTF8.GetByteCount(name) <= MaxNameLength && !name.Any(char.IsControl);

    private string Name(ref Utf8JsonReader reader)
    {
        var name = reader.GetString()!;
        if (!IsFit(name))
        {
            throw Bad(reader.TokenStartIndex, "a tensor's name is unfit", "a long name or one with control characters",
                $"at most {MaxNameLength} bytes without control characters");
        }

        return name;
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        var start = reader.TokenStartIndex;
        if (_hasMetadata)
        {
            throw Bad(start, "a name stands twice", MetadataName, "each name once");
        }

        _hasMetadata = true;
        Expect(ref reader, JsonTokenType.StartObject, "an object of strings as metadata");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            Expect(ref reader, JsonTokenType.String, "a string as metadata");
            if (!_metadata.TryAdd(key, reader.GetString()!))
            {
                throw Bad(reader.TokenStartIndex, "a metadata name stands twice", key, "each name once");
            }

            if (reader.BytesConsumed - start > MaxMetadataLength)
            {
                throw Bad(start, "the metadata is too long", $"more than {MaxMetadataLength} bytes",
                    $"at most {MaxMetadataLength}");
            }
        }
    }

    private void ReadEntry(string name, ref Utf8JsonReader reader)
    {
        var start = reader.TokenStartIndex;
        Expect(ref reader, JsonTokenType.StartObject, "an object with dtype, shape and data_offsets");
        TensorType? type = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = reader.GetString()!;
            var at = reader.TokenStartIndex;
            reader.Read();
            var twice = member switch
            {
                "dtype" => type is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => throw Bad(at, $"{name} has an unknown member", member, "dtype, shape and data_offsets"),
            };
            if (twice)
            {
                throw Bad(at, $"a member of {name} stands twice", member, "each member once");
            }

            switch (member)
            {
                case "dtype":
                    type = ReadType(name, ref reader);
                    break;
                case "shape":
                    shape = ReadIntegers(ref reader, MaxRank, $"the shape of {name}");
                    break;
                default:
                    offsets = ReadIntegers(ref reader, 2, $"the offsets of {name}");
                    break;
            }
        }

        if (type is null || shape is null || offsets is not { Length: 2 })
        {
            throw Bad(start, $"{name} is incomplete", "a member missing or short", "dtype, shape and two data_offsets");
        }

        var tensor = new TensorInfo(name, type.Value, shape, offsets[0], offsets[1] - offsets[0]);
        CheckSize(tensor, start);
        if (!_tensors.TryAdd(name, tensor))
        {
            throw Bad(start, "a name stands twice", name, "each name once");
        }
    }

    private TensorType ReadType(string name, ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.String, "a dtype's name");
        var text = reader.GetString()!;
        return TensorTypes.TryParse(text, out var type)
            ? type
            : throw Bad(reader.TokenStartIndex, $"the dtype of {name} is not supported", text,
                string.Join(", ", TensorTypes.Names));
    }

    private long[] ReadIntegers(ref Utf8JsonReader reader, int most, string what)
    {
        Expect(ref reader, JsonTokenType.StartArray, $"a list as {what}");
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || reader.ValueSpan[0] == '-'
                || !reader.TryGetInt64(out var value) || values.Count == most)
            {
                throw Bad(reader.TokenStartIndex, $"{what} is wrong", "something else or too many numbers",
                    $"at most {most} integers from 0");
            }

            values.Add(value);
        }

        return [.. values];
    }

    // Offsets are still relative to the data here.
    private void CheckSize(TensorInfo tensor, long at)
    {
        long size;
        try
        {
            size = Shapes.ByteLength(tensor.Type, tensor.Shape);
        }
        catch (OverflowException e)
        {
            throw Bad(at, $"the shape of {tensor.Name} is too large", Shapes.Text(tensor.Shape), "a size below 2^63 bytes", e);
        }

        if (tensor.ByteLength != size)
        {
            throw Bad(at, $"shape and offsets of {tensor.Name} disagree", $"{tensor.ByteLength} bytes",
                $"{size} for {tensor.Type.Name()} {Shapes.Text(tensor.Shape)}");
        }
    }

    // The tensors fill the rest of the file in order: no hole, no overlap, nothing behind. Makes offsets count from the file's
    // start.
    private void CheckLayout()
    {
        long end = 0;
        foreach (var tensor in _tensors.Values.OrderBy(t => t.Offset).ThenBy(t => t.ByteLength).ToList())
        {
            if (tensor.Offset != end)
            {
                throw Damaged(_path, DataStart + Math.Min(tensor.Offset, _fileLength), $"{tensor.Name} leaves a hole or overlaps",
                    $"offset {tensor.Offset}", $"{end}");
            }

            end = tensor.Offset + tensor.ByteLength;
            _tensors[tensor.Name] = tensor with { Offset = DataStart + tensor.Offset };
        }

        if (end != _fileLength - DataStart)
        {
            throw Damaged(_path, Math.Min(_fileLength, DataStart + Math.Min(end, _fileLength)),
                "the tensors do not fill the file",
                $"{_fileLength - DataStart} bytes of data", $"{end}");
        }
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string expected)
    {
        if (reader.TokenType != type)
        {
            throw Bad(reader.TokenStartIndex, "the header has another value", $"{reader.TokenType}", expected);
        }
    }

    private ClipException Bad(long at, string rule, string found, string expected, Exception? inner = null) =>
        Damaged(_path, PrefixLength + at, rule, found, expected, inner);

    internal static ClipException Damaged(string path, long at, string rule, string found, string expected,
        Exception? inner = null) =>
        new(ClipError.Data, $"Not a sound safetensors file: {rule}", $"{path}, byte {at}", found, expected,
            "Fetch or write the file again.", inner);
}
