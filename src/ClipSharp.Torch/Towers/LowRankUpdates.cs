using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>The <see cref="LowRank"/> updates of a tower's blocks.</summary>
internal static class LowRankUpdates
{
    /// <summary>What the names of updates end in: <c>attn.in_proj_lora</c> is that of <c>attn.in_proj_weight</c>,
    /// <c>mlp.c_fc_lora</c> that of <c>mlp.c_fc.weight</c>.</summary>
    public const string Ending = "_lora";

    /// <summary>Lets something be learnt beside every matrix of a tower's blocks.</summary>
    /// <returns>How many blocks there are; a ResNet has none.</returns>
    public static int Add(nn.Module tower, int rank, double scale)
    {
        var blocks = tower.modules().OfType<ResidualBlock>().ToList();
        foreach (var block in blocks)
        {
            block.Attention.AddLowRank(rank, scale);
            block.Mlp.AddLowRank(rank, scale);
        }

        return blocks.Count;
    }

    /// <summary>The updates by the names of their matrices in the tower.</summary>
    public static IEnumerable<(string Matrix, LowRank Update)> Of(nn.Module tower) =>
        from named in tower.named_modules()
        where named.module is LowRank
        let name = named.name[..^Ending.Length]
        select (name.EndsWith("in_proj", StringComparison.Ordinal) ? name + "_weight" : name + ".weight", (LowRank)named.module);

    /// <summary>Whether a parameter belongs to an update.</summary>
    public static bool IsOne(string name) => name.Contains(Ending + ".", StringComparison.Ordinal);
}
