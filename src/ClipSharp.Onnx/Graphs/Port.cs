using ClipSharp.Weights;

namespace ClipSharp.Onnx.Graphs;

/// <summary>What goes into or comes out of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">F32, I32, I64 or U8.</param>
/// <param name="Shape">Numbers, or names of sizes that a call may choose; empty = not said.</param>
internal sealed record Port(string Name, TensorType Type, IReadOnlyList<object> Shape);
