namespace ClipSharp.Onnx.Graphs;

/// <summary>An operation of a graph.</summary>
/// <param name="Operator">Its name in ONNX's operator set.</param>
/// <param name="Inputs">Names of values.</param>
/// <param name="Outputs">Names of values.</param>
/// <param name="Attributes">long, long[], float or string.</param>
internal sealed record Node(
    string Operator, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs,
    IReadOnlyList<(string Name, object Value)> Attributes);
