using ClipSharp.Models;

namespace ClipSharp.Testing;

/// <summary>The reference's tiny models of further families, and of single options of open_clip's configurations.</summary>
public static class ReferenceFamilies
{
    /// <summary>Folders and files of whole families, below the fixtures.</summary>
    public static IReadOnlyList<string> Families { get; } =
    [
        "siglip-tiny/open_clip", "siglip-tiny/huggingface", "siglip2-tiny/open_clip", "siglip2-tiny/open_clip_bf16.safetensors",
        "siglip2-tiny/huggingface", "clipa-tiny/open_clip", "worldwide-tiny/open_clip", "worldwide-tiny/huggingface",
        "mobileclip-tiny/open_clip",
    ];

    /// <summary>Folders of single options.</summary>
    public static IReadOnlyList<string> Options { get; } =
    [
        .. ((string[])["avg-ln-before", "custom-text", "embed-cls", "kwargs", "layer-scale", "layer-scale-text", "ln-after-tok",
            "logit-bias", "mlp-ratio", "nonscalar", "patch-dropout", "proj-bias", "proj-none", "rectangle", "remainder", "sin-cos",
            "timm-linear"])
        .Select(name => "options/" + name),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<string> Places => Families.Concat(Options);

    /// <summary>What a reference computed of one.</summary>
    public static string Expected(string place) => place.StartsWith("options/", StringComparison.Ordinal)
        ? place + "/expected.safetensors"
        : place == "siglip-tiny/huggingface" ? "siglip-tiny/expected_huggingface.safetensors"
        : $"{place.Split('/')[0]}/expected.safetensors";

    /// <summary>What that was computed of.</summary>
    public static string Inputs(string place) => place.StartsWith("options/", StringComparison.Ordinal)
        ? Expected(place)
        : $"{place.Split('/')[0]}/expected.safetensors";

    /// <summary>Opens one, told what it is where nothing beside it says so.</summary>
    public static ModelFiles Open(string place) => ModelFiles.Open(SharedFiles.Fixture(place),
        place.EndsWith(".safetensors", StringComparison.Ordinal)
            ? new ModelOverrides { Config = Open($"{place.Split('/')[0]}/open_clip").Config }
            : null);

    /// <summary>A model of a reference with one thing changed, and what that gives.</summary>
    public static IReadOnlyList<(string Place, string Variant, Func<ModelConfig, ModelConfig> Change)> Variants { get; } =
    [
        ("siglip-tiny", "proj_none", c => c with { Text = c.Text with { ProjType = "none" } }),
        ("siglip-tiny", "so400m_patch16", c => Named(c, "vit_so400m_patch16_siglip_256")),
        ("siglip2-tiny", "vit_base_patch16", c => Named(c, "vit_base_patch16_siglip_224")),
        ("clipa-tiny", "causal", c => c with { Text = c.Text with { NoCausalMask = false } }),
        ("clipa-tiny", "ln_before_average", c => c with { Vision = c.Vision with { FinalLnAfterPool = false } }),
        ("worldwide-tiny", "argmax", c => c with { Text = c.Text with { PoolType = null } }),
        ("worldwide-tiny", "gelu", c => c with { QuickGelu = false }),
        ("mobileclip-tiny", "causal", c => c with { Text = c.Text with { NoCausalMask = null } }),
    ];

    private static ModelConfig Named(ModelConfig config, string trunk) =>
        config with { Vision = config.Vision with { TimmModelName = trunk } };
}
