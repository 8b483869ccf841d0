using ClipSharp.Text;

namespace ClipSharp.Onnx;

/// <summary>Which graphs of a folder are run, and what its files leave open.</summary>
public sealed record OnnxChoice
{
    /// <summary>One of several graphs: a file's name, such as "model_fp16.onnx", or what tells it from the one in float32, such
    /// as "fp16" for <c>vision_model_fp16.onnx</c> and <c>text_model_fp16.onnx</c>. Null = those in float32.</summary>
    public string? File { get; init; }

    /// <summary>The vocabulary's file or folder; null = the one that lies there.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>How texts are cleaned; null = as the model's own tokenizer does.</summary>
    public TextCleaning? Cleaning { get; init; }
}
