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

    /// <summary>How cosines become logits and probabilities.</summary>
    Logits Logits { get; }

    /// <summary>Everything about the engine that changes features, such as "torch cpu bf16".</summary>
    string Engine { get; }

    /// <summary>Whether it computes on a device of its own, so that the next batch is best made ready meanwhile. Beside one that
    /// computes on all cores that would only take them from it: each product waits for its slowest thread.</summary>
    bool LeavesProcessorFree => false;

    /// <summary>Unit vectors of pictures.</summary>
    /// <param name="pixels">uint8 [B, 3, H, W]; the engine normalises.</param>
    /// <returns>[B, E].</returns>
    Embeddings EncodeImages(PixelBatch pixels);

    /// <summary>D, the width of what the image tower gives before its last projection; null where the engine keeps that to
    /// itself.</summary>
    int? ImageFeatureDim => null;

    /// <summary>What the image tower gives before its last projection, not of unit length: the paper's features for linear probes
    /// (appendix A). A ViT's is the class token after the last norm; a ResNet's last projection is its attention pooling's own,
    /// so that its features are what comes out there.</summary>
    /// <param name="pixels">uint8 [B, 3, H, W]; the engine normalises.</param>
    /// <returns>[B, D].</returns>
    /// <exception cref="ClipException"><see cref="ImageFeatureDim"/> is null.</exception>
    Embeddings EncodeImageFeatures(PixelBatch pixels) => throw new ClipException(ClipError.Usage,
        "These features cannot be had", Engine, "an engine that gives only vectors of the joint space",
        "one that gives features before the last projection too", "Use --engine torch, or the projected features.");

    /// <summary>Unit vectors of texts.</summary>
    /// <param name="tokens">[B, T].</param>
    /// <returns>[B, E].</returns>
    Embeddings EncodeTexts(TokenBatch tokens);
}
