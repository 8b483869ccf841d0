using ClipSharp.Files;
using ClipSharp.Weights;

namespace ClipSharp.Onnx.Graphs;

/// <summary>Writes a graph as an ONNX file: a ModelProto of onnx.proto, its fields by their numbers there. Above
/// <see cref="MostInside"/> the weights go to a file beside it, each on a page of its own, so that a reader can map
/// them.</summary>
internal static class OnnxFile
{
    /// <summary>The operator set: the oldest that has all operations here (GELU), so that runtimes since 2023 load the
    /// file.</summary>
    public const int Opset = 20;

    /// <summary>ONNX's number for float32.</summary>
    public const long Single = 1;

    /// <summary>ONNX's number for int32.</summary>
    public const long Int32 = 6;

    /// <summary>Bytes of weights that stay in the ONNX file; a protobuf message cannot have 2 GiB.</summary>
    public const long MostInside = 64 << 20;

    /// <summary>The weights' file of an ONNX file.</summary>
    public const string DataEnding = ".data";

    private const int FormatVersion = 9; // of that operator set
    private const int Page = 4096;
    private const int SmallConstant = 1024;
    private const long UInt8 = 2, Int8 = 3, Int64 = 7, Half = 10;

    /// <summary>Writes the file, and the weights' file where they are many.</summary>
    /// <param name="path">Such as "vision_model.onnx"; the weights go to "vision_model.onnx.data".</param>
    /// <param name="graph">What to write.</param>
    /// <param name="metadata">What readers may want to know beside it.</param>
    /// <param name="mostInside">Bytes of weights that stay in the ONNX file.</param>
    public static void Write(string path, Graph graph, IReadOnlyDictionary<string, string> metadata, long mostInside = MostInside)
    {
        var outside = graph.Constants.Sum(tensor => tensor.ByteLength) > mostInside
            ? graph.Constants.Where(tensor => tensor.ByteLength >= SmallConstant).ToList()
            : [];
        var offsets = new Dictionary<string, long>();
        long end = 0;
        foreach (var tensor in outside)
        {
            offsets.Add(tensor.Name, end);
            end = PageAfter(end + tensor.ByteLength);
        }

        if (outside.Count > 0)
        {
            AtomicFile.Write(path + DataEnding, stream => WriteData(stream, outside, offsets));
        }

        var model = new ProtobufWriter();
        WriteModel(model, graph, Path.GetFileName(path) + DataEnding, offsets, metadata);
        AtomicFile.Write(path, stream => stream.Write(model.Written));
    }

    private static void WriteData(Stream stream, IEnumerable<NamedTensor> tensors, Dictionary<string, long> offsets)
    {
        long written = 0;
        foreach (var tensor in tensors)
        {
            stream.Write(new byte[offsets[tensor.Name] - written]);
            stream.Write(tensor.Bytes().Span);
            written = offsets[tensor.Name] + tensor.ByteLength;
        }
    }

    private static void WriteModel(ProtobufWriter model, Graph graph, string dataFile, Dictionary<string, long> offsets,
        IReadOnlyDictionary<string, string> metadata)
    {
        model.Integer(1, FormatVersion);                                                     // ir_version
        model.Text(2, "ClipSharp");                                                          // producer_name
        model.Text(3, typeof(OnnxFile).Assembly.GetName().Version!.ToString(3));             // producer_version
        model.Message(7, m => WriteGraph(m, graph, dataFile, offsets));                      // graph
        model.Message(8, set => set.Integer(2, Opset));                                      // opset_import, of ONNX's own domain
        foreach (var (key, value) in metadata)
        {
            model.Message(14, entry => WriteEntry(entry, key, value));                       // metadata_props
        }
    }

    private static void WriteGraph(ProtobufWriter message, Graph graph, string dataFile, Dictionary<string, long> offsets)
    {
        foreach (var node in graph.Nodes)
        {
            message.Message(1, m => WriteNode(m, node));
        }

        message.Text(2, Path.GetFileNameWithoutExtension(dataFile));                         // name
        foreach (var tensor in graph.Constants)
        {
            long? offset = offsets.TryGetValue(tensor.Name, out var found) ? found : null;
            message.Message(5, m => WriteTensor(m, tensor, dataFile, offset));               // initializer
        }

        foreach (var port in graph.Inputs)
        {
            message.Message(11, m => WritePort(m, port));
        }

        foreach (var port in graph.Outputs)
        {
            message.Message(12, m => WritePort(m, port));
        }
    }

    private static void WriteNode(ProtobufWriter message, Node node)
    {
        foreach (var input in node.Inputs)
        {
            message.Text(1, input);
        }

        foreach (var output in node.Outputs)
        {
            message.Text(2, output);
        }

        message.Text(3, node.Outputs[0]);                                                    // name
        message.Text(4, node.Operator);
        foreach (var (name, value) in node.Attributes)
        {
            message.Message(5, m => WriteAttribute(m, name, value));
        }
    }

    private static void WriteAttribute(ProtobufWriter message, string name, object value)
    {
        message.Text(1, name);
        switch (value)
        {
            case float number:
                message.Single(2, number);
                message.Integer(20, 1);                                                      // type FLOAT
                break;
            case long number:
                message.Integer(3, number);
                message.Integer(20, 2);                                                      // type INT
                break;
            case string text:
                message.Text(4, text);
                message.Integer(20, 3);                                                      // type STRING
                break;
            case long[] numbers:
                foreach (var number in numbers)
                {
                    message.Integer(8, number);
                }

                message.Integer(20, 7);                                                      // type INTS
                break;
            default:
                throw new ArgumentException($"An attribute of {value.GetType()} is not written.", nameof(value));
        }
    }

    private static void WriteTensor(ProtobufWriter message, NamedTensor tensor, string dataFile, long? offset)
    {
        foreach (var side in tensor.Shape)
        {
            message.Integer(1, side);
        }

        message.Integer(2, TypeOf(tensor.Type));
        message.Text(8, tensor.Name);
        if (offset is null)
        {
            message.Bytes(9, tensor.Bytes().Span);                                           // raw_data
            return;
        }

        message.Message(13, m => WriteEntry(m, "location", dataFile));                       // external_data
        message.Message(13, m => WriteEntry(m, "offset", FormattableString.Invariant($"{offset}")));
        message.Message(13, m => WriteEntry(m, "length", FormattableString.Invariant($"{tensor.ByteLength}")));
        message.Integer(14, 1);                                                              // data_location EXTERNAL
    }

    private static void WritePort(ProtobufWriter message, Port port)
    {
        message.Text(1, port.Name);
        message.Message(2, type => type.Message(1, tensor =>                                 // type.tensor_type
        {
            tensor.Integer(1, TypeOf(port.Type));
            if (port.Shape.Count > 0)
            {
                tensor.Message(2, shape => WriteShape(shape, port.Shape));
            }
        }));
    }

    private static void WriteShape(ProtobufWriter message, IReadOnlyList<object> sides)
    {
        foreach (var side in sides)
        {
            message.Message(1, dimension =>
            {
                if (side is string name)
                {
                    dimension.Text(2, name);                                                 // dim_param
                }
                else
                {
                    dimension.Integer(1, Convert.ToInt64(side, null));                       // dim_value
                }
            });
        }
    }

    private static void WriteEntry(ProtobufWriter message, string key, string value)
    {
        message.Text(1, key);
        message.Text(2, value);
    }

    private static long TypeOf(TensorType type) => type switch
    {
        TensorType.F32 => Single,
        TensorType.I32 => Int32,
        TensorType.I64 => Int64,
        TensorType.U8 => UInt8,
        TensorType.I8 => Int8,
        TensorType.F16 => Half,
        _ => throw new ArgumentException($"Constants of {type} are not written.", nameof(type)),
    };

    private static long PageAfter(long offset) => (offset + Page - 1) / Page * Page;
}
