using ClipSharp.Models.Towers;

namespace ClipSharp.Models;

/// <summary>A tensor that a model has.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="IsBuffer">Whether it is a batch norm's statistic, not a parameter.</param>
public sealed record StateDictEntry(string Name, long[] Shape, bool IsBuffer = false);

/// <summary>Every tensor of a model, named as openai/CLIP and open_clip name those of plain towers; ordered as torch orders them:
/// a module's own parameters first, then its modules (<c>model.py</c> of openai/CLIP).</summary>
public static class StateDictShapes
{
    /// <summary>The tensors of a model.</summary>
    /// <param name="config">The model; validated.</param>
    public static IReadOnlyList<StateDictEntry> Of(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var text = Tower.Text(config).Layers.SelectMany(layer => layer.Weights).ToLookup(entry => OwnerOf(entry.Name));
        var image = Tower.Image(config).Layers.SelectMany(layer => layer.Weights)
            .ToLookup(entry => OwnerOf(entry.Name["visual.".Length..]).Length == 0);
        return
        [
            .. text[string.Empty],
            new("logit_scale", []),
            .. config.InitLogitBias is null ? [] : (StateDictEntry[])[new("logit_bias", [])],
            .. image[true],
            .. image[false],
            .. text["transformer"],
            .. text["token_embedding"],
            .. text["ln_final"],
        ];
    }

    // The first module of a name; empty for a parameter of the tower itself.
    private static string OwnerOf(string name) =>
        name.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0 ? name[..dot] : string.Empty;
}
