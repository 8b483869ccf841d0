namespace ClipSharp.Onnx.Graphs;

/// <summary>What makes vectors of pictures.</summary>
internal interface IImageTower
{
    /// <param name="pixels">[B, 3, S, S], normalised.</param>
    /// <returns>[B, E], of unit length.</returns>
    string Encode(string pixels);
}
