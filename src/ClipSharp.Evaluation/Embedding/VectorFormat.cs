namespace ClipSharp.Evaluation.Embedding;

/// <summary>How the numbers of vectors are written.</summary>
public enum VectorFormat
{
    /// <summary>"float32", to the bit.</summary>
#pragma warning disable CA1720 // so it is called
    Float32,
#pragma warning restore CA1720

    /// <summary>"float16", as clip-retrieval writes them: half the size, within 2^-11 of each number.</summary>
    Float16,
}
