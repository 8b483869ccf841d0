using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ClipSharp.Files;
using ClipSharp.Files.ProtocolBuffers;
using ClipSharp.Weights;

namespace ClipSharp.Onnx.Folders;

/// <summary>What is read of an ONNX file, a stranger's too, before ONNX Runtime opens it: that it is whole, that every tensor is
/// as long as its shape, that weights in other files lie beside it; and the logit scale. Nothing is allocated by what it says. A
/// graph is a program, though: what running it costs is not known ahead.</summary>
internal sealed class GraphHeader
{
    private const string Kind = "ONNX file";
    private const int MostDepth = 64;    // a graph within an attribute of a graph is three deeper
    private const int MostOfWord = 256;  // bytes of a file's name or a number

    private readonly string _path;
    private readonly SortedSet<string> _dataFiles = new(StringComparer.Ordinal);
    private double? _statedScale;
    private double? _statedBias;
    private double? _learnedScale;
    private double? _learnedBias;

    private GraphHeader(string path) => _path = path;

    private enum Part
    {
        Model, Graph, Node, Attribute, Tensor, Sparse, Function, Training,
    }

    /// <summary>How cosines become logits: what an export of ours states, or the tensors of these names; null where the file has
    /// neither, as one tower alone.</summary>
    public Logits? Logits => (_statedScale ?? _learnedScale) is { } scale
        ? new Logits(scale, _statedScale is null ? _learnedBias : _statedBias)
        : null;

    /// <summary>Names of the files beside it that hold weights.</summary>
    public IReadOnlyCollection<string> DataFiles => _dataFiles;

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="ClipException">It is absent, damaged, or refers to what is not beside it.</exception>
    public static GraphHeader Read(string path)
    {
        using var file = MappedFile.Open(path);
        // A message of protocol buffers is smaller: more weights lie in a file beside it.
        return file.Length is > 0 and <= int.MaxValue
            ? Parse(file.Span(0, (int)file.Length), path)
            : throw Bad(path, $"{file.Length} bytes", $"1 to {int.MaxValue}");
    }

    /// <summary>Checks a file in memory.</summary>
    public static GraphHeader Parse(ReadOnlySpan<byte> bytes, string path)
    {
        var header = new GraphHeader(path);
        header.Walk(Part.Model, bytes, 0);
        return header;
    }

    // Messages by their fields' numbers in onnx.proto: wherever a tensor may stand.
    private static Part? Inner(Part part, int field) => (part, field) switch
    {
        (Part.Model, 7) or (Part.Attribute, 6 or 11) or (Part.Training, 1 or 2) => Part.Graph,
        (Part.Model, 20) => Part.Training,
        (Part.Model, 25) => Part.Function,
        (Part.Graph, 1) or (Part.Function, 7) => Part.Node,
        (Part.Graph, 5) or (Part.Attribute, 5 or 10) or (Part.Sparse, 1 or 2) => Part.Tensor,
        (Part.Graph, 15) or (Part.Attribute, 22 or 23) => Part.Sparse,
        (Part.Node, 5) or (Part.Function, 11) => Part.Attribute,
        _ => null,
    };

    private void Walk(Part part, ReadOnlySpan<byte> bytes, int depth)
    {
        if (depth > MostDepth)
        {
            throw Bad(_path, $"graphs nested more than {MostDepth} deep", "fewer");
        }

        var reader = new ProtoReader(bytes, _path, Kind);
        var hasGraph = false;
        while (reader.Next())
        {
            hasGraph |= reader.Field == 7;
            if (part == Part.Model && reader.Field == 14)
            {
                ReadMetadata(reader.Bytes);
            }
            else if (Inner(part, reader.Field) is { } inner)
            {
                if (inner == Part.Tensor)
                {
                    ReadTensor(reader.Bytes);
                }
                else
                {
                    Walk(inner, reader.Bytes, depth + 1);
                }
            }
        }

        if (part == Part.Model && !hasGraph)
        {
            throw Bad(_path, "no graph", "a ModelProto of ONNX");
        }
    }

    private void ReadMetadata(ReadOnlySpan<byte> bytes)
    {
        switch (Entry(bytes))
        {
            case (OnnxFolder.LogitScaleKey, var value):
                _statedScale = Number(OnnxFolder.LogitScaleKey, value);
                break;
            case (OnnxFolder.LogitBiasKey, var value):
                _statedBias = Number(OnnxFolder.LogitBiasKey, value);
                break;
        }

        double Number(string key, string value) =>
            double.TryParse(value, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
                : throw Bad(_path, $"{key} = {Plain(value)}", "a finite number");
    }

    private void ReadTensor(ReadOnlySpan<byte> bytes)
    {
        var (tensor, isScale, isBias) = (new StoredTensor(), false, false);
        ReadOnlySpan<byte> raw = default, numbers = default;
        float? single = null;
        var reader = new ProtoReader(bytes, _path, Kind);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1 when reader.Bytes.IsEmpty:
                    tensor.Add(reader.Number);
                    break;
                case 1:
                    for (var sides = new ProtoReader(reader.Bytes, _path, Kind); sides.NextPacked();)
                    {
                        tensor.Add(sides.Number);
                    }

                    break;
                case 2:
                    tensor.Type = reader.Number;
                    break;
                case 4:
                    numbers = reader.Bytes; // packed
                    single = BitConverter.UInt32BitsToSingle((uint)reader.Number); // or not
                    break;
                case 8:
                    isScale = reader.Bytes.SequenceEqual("logit_scale"u8);
                    isBias = reader.Bytes.SequenceEqual("logit_bias"u8);
                    break;
                case 9:
                    raw = reader.Bytes;
                    tensor.IsRaw = true;
                    break;
                case 13:
                    tensor.Refer(Entry(reader.Bytes) ?? throw Bad(_path, "an odd reference to another file", "its name and place"));
                    break;
            }
        }

        Check(tensor, bytes.Length, raw.Length);
        if ((isScale || isBias) && tensor.Elements == 1)
        {
            double value = tensor.Type switch
            {
                1 when raw.Length == 4 => BinaryPrimitives.ReadSingleLittleEndian(raw),
                1 when numbers.Length == 4 => BinaryPrimitives.ReadSingleLittleEndian(numbers),
                1 => single ?? float.NaN,
                10 when raw.Length == 2 => (float)BinaryPrimitives.ReadHalfLittleEndian(raw),
                _ => float.NaN,
            };
            value = isScale ? Math.Exp(value) : value;
            ref var learned = ref isScale ? ref _learnedScale : ref _learnedBias;
            learned = double.IsFinite(value) ? value : null;
        }
    }

    private void Check(StoredTensor tensor, int messageLength, int rawLength)
    {
        var length = tensor.ByteLength;
        if (tensor.Location is null)
        {
            // A number takes a byte of the message at least.
            if (tensor.IsRaw && length is not null ? length != rawLength : tensor.Elements > messageLength)
            {
                throw Bad(_path, $"a tensor of {tensor.Elements} elements in {rawLength} bytes", "as many bytes as its shape needs");
            }

            return;
        }

        // Also what some versions of the runtime take for an address in memory has slashes.
        var name = tensor.Location;
        var isPlain = name is not ("" or "." or "..") && !name.Any(c => c is '/' or '\\' or ':' || char.IsControl(c));
        if (!isPlain)
        {
            throw Bad(_path, $"weights in {Plain(name)}", "the name of a file beside it");
        }

        if (_dataFiles.Add(name))
        {
            RequireBeside(name);
        }

        var place = Path.Combine(FolderOf(_path), name);
        var most = LengthOf(place);
        var own = tensor.Length ?? length ?? 0;
        if (tensor.Offset < 0 || own < 0 || (length is not null && own != length) || tensor.Offset > most - own)
        {
            throw Bad(place, $"{most} bytes", $"a tensor of {length ?? own} at {tensor.Offset}, of {own} as {Path.GetFileName(_path)} says");
        }
    }

    // Links are followed: a cache of the hub keeps all files of a repository beside each other, elsewhere.
    private void RequireBeside(string name)
    {
        var place = Path.Combine(FolderOf(_path), name);
        if (!File.Exists(place))
        {
            throw new ClipException(ClipError.NoInput, "Weights of the ONNX model are missing", place, "no file",
                $"the weights of {Path.GetFileName(_path)}", "Put the file there; pull fetches both.");
        }

        var (target, own) = (FolderOf(LinkedFile.Of(place).FullName), FolderOf(LinkedFile.Of(_path).FullName));
        if (target != FolderOf(_path) && target != own)
        {
            throw Bad(_path, $"weights in {name}, a link to {target}", "a file in its own folder");
        }
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static long LengthOf(string path)
    {
        try
        {
            return LinkedFile.Of(path).Length;
        }
        catch (IOException e)
        {
            throw Bad(path, e.Message, "a readable file", e);
        }
    }

    private (string Key, string Value)? Entry(ReadOnlySpan<byte> bytes)
    {
        var (key, value) = ("", "");
        var reader = new ProtoReader(bytes, _path, Kind);
        while (reader.Next())
        {
            if (reader.Field is 1 or 2 && reader.Bytes.Length > MostOfWord)
            {
                return null;
            }

            var text = Encoding.UTF8.GetString(reader.Bytes);
            (key, value) = reader.Field switch { 1 => (text, value), 2 => (key, text), _ => (key, value) };
        }

        return (key, value);
    }

    private static string Plain(string text) => new([.. text.Select(c => char.IsControl(c) ? '?' : c)]);

    private static ClipException Bad(string path, string found, string expected, Exception? inner = null) =>
        new(ClipError.Data, "The ONNX model cannot be used", path, found, expected, "Fetch or export it again.", inner);
}
