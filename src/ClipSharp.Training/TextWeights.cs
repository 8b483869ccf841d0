using System.Text.Json.Serialization;

namespace ClipSharp.Training;

/// <summary>How the text tower's matrices are kept.</summary>
public enum TextWeights
{
    /// <summary>"fp32".</summary>
    Fp32,

    /// <summary>"bf16-sr": bfloat16 rounded stochastically, and no float32 copy (paper 2.5).</summary>
    [JsonStringEnumMemberName("bf16-sr")]
    Bf16Sr,

    /// <summary>"fp16-sr": half precision, the same.</summary>
    [JsonStringEnumMemberName("fp16-sr")]
    Fp16Sr,
}
