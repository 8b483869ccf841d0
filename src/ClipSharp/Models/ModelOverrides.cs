using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Models;

/// <summary>What the user says of a model beside its files: what they leave open, or what shall be otherwise.</summary>
public sealed record ModelOverrides
{
    /// <summary>Nothing said.</summary>
    public static ModelOverrides None { get; } = new();

    /// <summary>The activation; null = as the configuration says.</summary>
    public bool? QuickGelu { get; init; }

    /// <summary>What the model is, instead of what its files say; null = as they say.</summary>
    public ModelConfig? Config { get; init; }

    /// <summary>H × W, pixels; the position embeddings are carried over to the new grid. Null = the model's own.</summary>
    public Extent? ImageSize { get; init; }

    /// <summary>T: tokens of a text; the position embeddings are carried over. Null = the model's own.</summary>
    public int? ContextLength { get; init; }

    /// <summary>How texts are cleaned; null = as the layout's own tokenizer does.</summary>
    public TextCleaning? Cleaning { get; init; }

    /// <summary>The vocabulary's file or folder; null = the one beside the weights.</summary>
    public string? Tokenizer { get; init; }
}
