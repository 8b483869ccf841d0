namespace ClipSharp.Onnx;

/// <summary>In which numbers an exported graph keeps its matrices, kernels and token embeddings. It computes in float32 whatever
/// they are: the runtime widens them when it loads the graph. Norms, biases, positions and the first convolution, which meets
/// the bytes of pictures, stay float32.</summary>
public enum OnnxPrecision
{
    /// <summary>float32: 4 bytes a number.</summary>
    Fp32,

    /// <summary>Half precision: 2 bytes a number.</summary>
    Fp16,

    /// <summary>Integers of 8 bits, from -127 to 127, with one factor an output channel or token: 1 byte a number.</summary>
#pragma warning disable CA1720 // the field's word, and that of the command line
    Int8,
#pragma warning restore CA1720
}
