using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp;

/// <summary>What a CLIP computes; an engine supplies it. Vectors are asked for by one thread at a time, which <see
/// cref="Batching.ClipWorker"/> sees to for any number of callers; properties may be read by any until it is disposed.</summary>
/// <remarks>A row's vector does not depend on the rows beside it: computed alone or among 64, each of its numbers is the same
/// within 1e-6 in float32, and in bfloat16 the cosine of the two is at least 0.9999.</remarks>
public interface IClipEncoder : IDisposable
{
    /// <summary>E, the width of the joint space.</summary>
    int EmbedDim { get; }

    /// <summary>exp of the learned logit scale: cosines times this are logits.</summary>
    double LogitScale { get; }

    /// <summary>Everything about the engine that changes features, such as "torch cpu bf16".</summary>
    string Engine { get; }

    /// <summary>Unit vectors of pictures.</summary>
    /// <param name="pixels">uint8 [B, 3, S, S]; the engine normalises.</param>
    /// <returns>[B, E].</returns>
    Embeddings EncodeImages(PixelBatch pixels);

    /// <summary>Unit vectors of texts.</summary>
    /// <param name="tokens">[B, T].</param>
    /// <returns>[B, E].</returns>
    Embeddings EncodeTexts(TokenBatch tokens);
}
