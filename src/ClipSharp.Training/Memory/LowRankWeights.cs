using ClipSharp.Models;
using ClipSharp.Models.Towers;

namespace ClipSharp.Training.Memory;

/// <summary>Names and shapes of what is learnt beside matrices (LoRA), as <c>ClipModel.AddLowRank</c> makes them.</summary>
internal static class LowRankWeights
{
    /// <summary>None where nothing is.</summary>
    public static IEnumerable<StateDictEntry> Of(ModelConfig config, TrainOptions options)
    {
        if (options.LoraRank is not { } rank)
        {
            return [];
        }

        var towers = (Tower[])[.. options.LockImage ? (Tower[])[] : [Tower.Image(config)], .. options.LockText ? (Tower[])[] : [Tower.Text(config)]];
        return towers.SelectMany(tower => tower.Parts.SelectMany(layers => layers)).OfType<TransformerBlock>()
            .SelectMany(block => OfBlock(block.Name, block.Shape, rank));
    }

    private static IEnumerable<StateDictEntry> OfBlock(string name, BlockStack shape, int rank) =>
    [
        .. OfMatrix($"{name}.attn.in_proj", 3, shape.Width, 3 * shape.Width, rank),
        .. OfMatrix($"{name}.attn.out_proj", 1, shape.Width, shape.Width, rank),
        .. OfMatrix($"{name}.mlp.c_fc", 1, shape.Width, shape.MlpWidth, rank),
        .. OfMatrix($"{name}.mlp.c_proj", 1, shape.MlpWidth, shape.Width, rank),
    ];

    private static IEnumerable<StateDictEntry> OfMatrix(string name, int parts, int inputs, int outputs, int rank) =>
        [new($"{name}_lora.lora_A", [parts, rank, inputs]), new($"{name}_lora.lora_B", [parts, outputs / parts, rank])];
}
