using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Models.Layouts;

/// <summary>A model's files as a layout finds and understands them; the weights are not opened yet.</summary>
internal sealed record ModelSource
{
    /// <summary>What is told where <see cref="Preprocess"/> is null.</summary>
    public const string NoPreprocess =
        "no file says how pictures are made: OpenAI's way is taken (short side, middle, bicubic, OpenAI's mean and deviation)";

    /// <summary>The layout's name.</summary>
    public required string Layout { get; init; }

    /// <summary>The folder or file that was named.</summary>
    public required string Path { get; init; }

    /// <summary>The folder in which the tokenizer lies.</summary>
    public required string Folder { get; init; }

    /// <summary>What the model is; null where no file says it.</summary>
    public ModelConfig? Config { get; init; }

    /// <summary>How its pictures are made; null where no file says it.</summary>
    public PreprocessConfig? Preprocess { get; init; }

    /// <summary>The files of weights, one or more.</summary>
    public required IReadOnlyList<string> Weights { get; init; }

    /// <summary>Which file holds which tensor, by bare file name; null where there is one file.</summary>
    public IReadOnlyDictionary<string, string>? Shards { get; init; }

    /// <summary>How the tokenizer that the model came with cleans texts; null where that follows from the model.</summary>
    public TextCleaning? Cleaning { get; init; }

    /// <summary>The end token's id that the configuration names; null where the largest id is meant.</summary>
    public int? EndToken { get; init; }
}
