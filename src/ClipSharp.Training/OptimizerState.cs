using System.Text.Json.Serialization;

namespace ClipSharp.Training;

/// <summary>How Adam's two statistics are kept.</summary>
public enum OptimizerState
{
    /// <summary>"fp32".</summary>
    Fp32,

    /// <summary>"bf16": rounded stochastically.</summary>
    Bf16,

    /// <summary>"fp16": half precision with a scale for each block of 256, the second as its root, rounded
    /// stochastically.</summary>
    Fp16,

    /// <summary>"fp16-jukebox": the paper's (2.5), half precision with a scale for each tensor, rounded to nearest.</summary>
    [JsonStringEnumMemberName("fp16-jukebox")]
    Fp16Jukebox,
}
