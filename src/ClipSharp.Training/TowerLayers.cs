using ClipSharp.Models;
using ClipSharp.Torch;
using ClipSharp.Torch.Towers;

namespace ClipSharp.Training;

/// <summary>The layers of the two towers, counted from the input: which of them are locked, and how fast each learns. Layers are
/// grouped as open_clip's <c>lock</c> groups them.</summary>
/// <param name="config">The model.</param>
internal sealed class TowerLayers(ModelConfig config)
{
    /// <summary>A tower's layers: a ViT or text Transformer of L blocks has L + 2 (embeddings; blocks, the last with the norm
    /// behind it; projection), a ResNet 6 (stem, four stages, pooling).</summary>
    public int Count(bool image) =>
        image && config.Vision.IsResNet ? 6 : (image ? config.Vision.Layers[0] : config.Text.Layers) + 2;

    /// <summary>A parameter's tower and layer, from 0; null for logit scale and bias, which belong to no tower.</summary>
    public (bool IsImage, int Layer)? Of(string name)
    {
        if (name is "logit_scale" or "logit_bias")
        {
            return null;
        }

        var image = name.StartsWith("visual.", StringComparison.Ordinal);
        var last = Count(image) - 1;
        var parts = (image ? name["visual.".Length..] : name).Split('.');
        return (image, parts[0] switch
        {
            "proj" or "proj_bias" or "text_projection" or "text_projection_bias" or "attnpool" or "attn_pool" => last,
            "ln_post" or "ln_final" => last - 1,
            "transformer" => int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture) + 1,
            _ when parts[0].StartsWith("layer", StringComparison.Ordinal) => parts[0][^1] - '0',
            _ => 0,
        });
    }

    /// <summary>A parameter's tower, and the first part of the tower's chain on whose way back its gradient is complete for sure;
    /// null for logit scale and bias.</summary>
    public (bool IsImage, int Part)? FirstPart(string name) =>
        Of(name) is not var (image, layer) ? null
        : image && config.Vision.IsResNet && layer > 0 ? (true, 1 + config.Vision.Layers.Take(layer - 1).Sum()) // blocks
        : (image, layer);

    /// <summary>Sets which parameters of a model learn, and adds those that learn beside matrices where the options say
    /// so.</summary>
    public void Choose(ClipModel model, TrainOptions options)
    {
        if (options.LoraRank is { } rank)
        {
            model.AddLowRank(rank, options.LoraAlpha ?? 2 * rank, (!options.LockImage, !options.LockText), options.Seed);
        }

        foreach (var (name, parameter) in model.NamedParameters())
        {
            parameter.requires_grad = !IsLocked(name, options);
        }
    }

    /// <summary>Whether a parameter stays as it is: all layers of a locked tower but the last few (LiT, Zhai et al. 2022); where
    /// something is learnt beside matrices, all but that.</summary>
    public bool IsLocked(string name, TrainOptions options) =>
        Of(name) is { } place
        && !LowRankUpdates.IsOne(name) && IsLocked(place.IsImage, place.Layer, options);

    /// <summary>Whether a tower's layer itself stays as it is.</summary>
    public bool IsLocked(bool image, int layer, TrainOptions options) => options.LoraRank is not null || (image
        ? options.LockImage && layer < Count(true) - options.LockImageUnlockedGroups
        : options.LockText && layer < Count(false) - options.LockTextUnlockedLayers);

    /// <summary>By what a parameter's rate is multiplied: decay to the power of the layers above it (Clark et al. 2020; BEiT, Bao
    /// et al. 2022).</summary>
    public double RateFactor(string name, double decay) =>
        Of(name) is { } place ? Math.Pow(decay, Count(place.IsImage) - 1 - place.Layer) : 1;
}
