using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Models.Towers;

/// <summary><c>act_kwargs</c>: arguments of torch's GELU.</summary>
public sealed record ActivationArguments
{
    /// <summary>"none" (absent too) or "tanh".</summary>
    public string? Approximate { get; set; }

    /// <summary>Members this version does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    internal static Activation Apply(ActivationArguments? arguments, bool quickGelu) =>
        quickGelu ? Activation.QuickGelu : arguments?.Approximate == "tanh" ? Activation.TanhGelu : Activation.Gelu;

    internal void Check(ConfigFaults faults, string name)
    {
        faults.RequireSupported(Approximate is null or "none" or "tanh", $"{name}.approximate", Approximate);
        UnsupportedMembers.Refuse(Unknown, name, faults);
    }
}

/// <summary><c>norm_kwargs</c>: arguments of torch's LayerNorm.</summary>
public sealed record NormArguments
{
    /// <summary>Added to the variance; absent = 1e-5.</summary>
    public double? Eps { get; set; }

    /// <summary>Members this version does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    internal void Check(ConfigFaults faults, string name)
    {
        faults.InRange($"{name}.eps", Eps ?? 1e-5, 1e-12, 1);
        UnsupportedMembers.Refuse(Unknown, name, faults);
    }
}

/// <summary><c>tokenizer_kwargs</c>: arguments of open_clip's <c>HFTokenizer</c>.</summary>
public sealed record TokenizerArguments
{
    /// <summary>How texts are cleaned: "lower", "whitespace" (absent too), "canonicalize" or "whitespace_underscore".</summary>
    public string? Clean { get; set; }

    /// <summary>Whether the separator's id becomes 0 behind the text (CLIPA).</summary>
    public bool? StripSepToken { get; set; }

    /// <summary>Members this version does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    internal void Check(ConfigFaults faults)
    {
        faults.RequireSupported(Clean is null or "lower" or "whitespace" or "canonicalize" or "whitespace_underscore",
            "text_cfg.tokenizer_kwargs.clean", Clean);
        UnsupportedMembers.Refuse(Unknown, "text_cfg.tokenizer_kwargs", faults);
    }
}
