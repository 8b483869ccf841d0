using ClipSharp.Models;
using ClipSharp.Models.Towers;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands.Exchange;

/// <summary>What a model is, for people. What CLIP's own models have goes without saying.</summary>
internal static class ModelLines
{
    /// <summary>The image tower.</summary>
    public static string Image(ModelConfig config, ModelCost cost)
    {
        var vision = config.Vision;
        var tower = vision.IsResNet
            ? Invariant($"ModifiedResNet {string.Join(", ", vision.Layers)}, width {vision.Width}")
            : Invariant($"ViT {Blocks(vision.Layers[0])}, width {vision.Width}, patches of {vision.PatchSize} px");
        var pooling = vision.Pooling switch
        {
            ImagePooling.Average => ", mean of the patches",
            ImagePooling.Attention => ", pooled by attention",
            _ => "",
        };
        return Invariant($"{tower}, {Heads(vision.Heads)}, {vision.ImageSize} px{pooling}, {cost.ImageParameters:N0} parameters");
    }

    /// <summary>The text tower.</summary>
    public static string Text(ModelConfig config, ModelCost cost)
    {
        var text = config.Text;
        var mask = text.NoCausalMask is true ? ", no mask" : "";
        var pooling = text.Pooling switch
        {
            TextPooling.First => ", read at the first token",
            TextPooling.Last => ", read at the last token",
            TextPooling.End => ", read at the end token",
            TextPooling.ClassToken => ", read at a class token behind the text",
            _ => "",
        };
        return Invariant($"{Blocks(text.Layers)}, width {text.Width}, {Heads(text.Heads)}{mask}, {text.ContextLength} tokens of {text.VocabSize:N0}{pooling}, {cost.TextParameters:N0} parameters");
    }

    /// <summary>The activation of both towers, or of each.</summary>
    public static string Activation(ModelConfig config)
    {
        var (image, text) = (Name(config.ImageBlocks.Activation), Name(config.TextBlocks.Activation));
        return config.Vision.IsResNet || image == text ? text : $"{image} in the image tower, {text} in the text tower";

        static string Name(Activation activation) => activation switch
        {
            ClipSharp.Models.Towers.Activation.QuickGelu => "QuickGELU",
            ClipSharp.Models.Towers.Activation.TanhGelu => "GELU by tanh",
            _ => "GELU",
        };
    }

    private static string Heads(int count) =>
        count switch { 0 => "heads not known", 1 => "1 head", _ => Invariant($"{count} heads") };

    private static string Blocks(int count) => count == 1 ? "1 block" : Invariant($"{count} blocks");
}
