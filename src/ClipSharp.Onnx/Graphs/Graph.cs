using System.Runtime.InteropServices;
using ClipSharp.Weights;

namespace ClipSharp.Onnx.Graphs;

/// <summary>An ONNX graph under construction. A value is known by its name; each method adds what computes one and returns
/// it.</summary>
/// <param name="precision">In which numbers it keeps large weights.</param>
internal sealed class Graph(OnnxPrecision precision = OnnxPrecision.Fp32)
{
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, NamedTensor> _constants = [];
    private readonly List<Port> _inputs = [];
    private readonly List<Port> _outputs = [];

    public IReadOnlyList<Node> Nodes => _nodes;

    public IReadOnlyCollection<NamedTensor> Constants => _constants.Values;

    public IReadOnlyList<Port> Inputs => _inputs;

    public IReadOnlyList<Port> Outputs => _outputs;

    /// <summary>What a call brings. A size is a number or, where the call chooses it, a name.</summary>
    public string Input(string name, TensorType type, params object[] shape)
    {
        _inputs.Add(new Port(name, type, shape));
        return name;
    }

    /// <summary>Gives a value out under a name.</summary>
    public void Output(string name, string value, params object[] shape)
    {
        _nodes.Add(new Node("Identity", [value], [name], []));
        _outputs.Add(new Port(name, TensorType.F32, shape));
    }

    /// <summary>A constant, written under its own name.</summary>
    public string Constant(NamedTensor tensor)
    {
        _constants.TryAdd(tensor.Name, tensor);
        return tensor.Name;
    }

    /// <summary>A large weight, kept in the graph's numbers and computed with in float32.</summary>
    /// <param name="tensor">float32.</param>
    /// <param name="axis">That of its output channels, or tokens.</param>
    public string Weight(NamedTensor tensor, int axis)
    {
        switch (precision)
        {
            case OnnxPrecision.Fp16:
                return Add("Cast", [Constant(Quantization.Half(tensor))], ("to", OnnxFile.Single));
            case OnnxPrecision.Int8:
                var (integers, factors) = Quantization.Int8(tensor, axis);
                return Add("DequantizeLinear", [Constant(integers), Constant(factors)], ("axis", (long)axis));
            default:
                return Constant(tensor);
        }
    }

    /// <summary>A constant list of integers; equal ones are written once.</summary>
    public string Integers(params long[] values) => Constant(new NamedTensor(
        "integers_" + string.Join('_', values), TensorType.I64, [values.Length], MemoryMarshal.AsBytes<long>(values).ToArray()));

    /// <summary>A constant integer without axes.</summary>
    public string Index(long value) => Constant(new NamedTensor(
        FormattableString.Invariant($"index_{value}"), TensorType.I64, [], BitConverter.GetBytes(value)));

    /// <summary>A constant number.</summary>
    public string Number(float value) => Constant(new NamedTensor(
        FormattableString.Invariant($"number_{value}"), TensorType.F32, [], BitConverter.GetBytes(value)));

    /// <summary>An operation of one result.</summary>
    public string Add(string op, IReadOnlyList<string> inputs, params (string Name, object Value)[] attributes) =>
        Add(op, 1, inputs, attributes)[0];

    /// <summary>An operation of several results.</summary>
    public string[] Add(string op, int results, IReadOnlyList<string> inputs, params (string Name, object Value)[] attributes)
    {
        var number = _nodes.Count;
        string[] outputs = [.. Enumerable.Range(0, results)
            .Select(i => FormattableString.Invariant($"{op}_{number}")
                + (results > 1 ? FormattableString.Invariant($"_{i}") : ""))];
        _nodes.Add(new Node(op, inputs, outputs, attributes));
        return outputs;
    }
}
