using ClipSharp.Images;

namespace ClipSharp.Onnx.Graphs;

/// <summary>What makes vectors of pictures.</summary>
internal interface IImageTower
{
    /// <param name="pixels">[B, 3, H, W], normalised, or from 0 to 255.</param>
    /// <param name="normalization">Mean and deviation, where the pixels are from 0 to 255: they go into the first convolution's
    /// weights. Null = the pixels are normalised.</param>
    /// <returns>[B, E], of unit length.</returns>
    string Encode(string pixels, PreprocessConfig? normalization = null);
}
