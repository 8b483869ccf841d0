using ClipSharp.Models;
using ClipSharp.Models.Towers;

namespace ClipSharp.Onnx.Folders;

/// <summary>What inputs and outputs of towers are called: ours and Hugging Face's, then immich's.</summary>
internal static class PortNames
{
    /// <summary>Our own names, which are Hugging Face's.</summary>
    public const string Pixels = "pixel_values", Ids = "input_ids", ImageVectors = "image_embeds", TextVectors = "text_embeds";

    /// <summary>1 up to a text's end token, 0 after it.</summary>
    public const string Mask = "attention_mask";

    private const string Immich = "embedding";

    /// <summary>Inputs that take pictures.</summary>
    public static IReadOnlyList<string> OfPixels { get; } = [Pixels, "image"];

    /// <summary>Inputs that take token ids.</summary>
    public static IReadOnlyList<string> OfIds { get; } = [Ids, "text"];

    /// <summary>Outputs that give vectors of the joint space, the best first.</summary>
    /// <param name="config">The model.</param>
    /// <param name="isImage">Of pictures, else of texts.</param>
    public static IReadOnlyList<string> OfVectors(ModelConfig config, bool isImage)
    {
        // A tower of SigLIP ends with its pooling. Of others, "pooler_output" is what stands before the projection, which may be
        // as wide as the joint space.
        var own = isImage ? ImageVectors : TextVectors;
        return config.Vision.Projection == ProjectionKind.None && config.InitLogitBias is not null
            ? [own, "pooler_output", Immich]
            : [own, Immich];
    }
}
