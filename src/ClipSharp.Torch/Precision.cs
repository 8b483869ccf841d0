using System.Runtime.Intrinsics.X86;
using ClipSharp.Torch.Kernels;
using TorchSharp;

namespace ClipSharp.Torch;

/// <summary>The number formats of a model at work: in what its towers compute and in what their matrices are kept. Sums of
/// squares, logits, loss and the logit scale are float32 whatever is chosen.</summary>
public sealed class Precision
{
    private readonly torch.ScalarType? _compute;

    private Precision(string name, string reason, torch.ScalarType? compute)
    {
        Name = name;
        Reason = reason;
        _compute = compute;
    }

    /// <summary>"fp32", "bf16", "fp16" or "pure_bf16".</summary>
    public string Name { get; }

    /// <summary>Why it was chosen, for people.</summary>
    public string Reason { get; }

    /// <summary>Whether gradients are so small in this format that the loss must be scaled up.</summary>
    public bool ScalesLoss => _compute == torch.ScalarType.Float16;

    /// <summary>Whether no float32 copy of the matrices is kept (open_clip's <c>pure_bf16</c>).</summary>
    public bool IsPure => Name == "pure_bf16";

    /// <summary>Reads <c>--precision</c>: "fp32", "bf16" and "fp16" (open_clip's spellings "amp_bf16", "amp", "amp_fp16" too),
    /// "pure_bf16" or "auto": bfloat16 where the processor multiplies it in hardware, else float32.</summary>
    /// <exception cref="ClipException">The name is not known, or mixed precision cannot be had from this libtorch.</exception>
    public static Precision Parse(string name) => name switch
    {
        "fp32" => new Precision("fp32", "asked for", null),
        "bf16" or "amp_bf16" or "amp_bfloat16" => Half("bf16", torch.ScalarType.BFloat16),
        "fp16" or "amp" or "amp_fp16" => Half("fp16", torch.ScalarType.Float16),
        "pure_bf16" => Half("pure_bf16", torch.ScalarType.BFloat16),
        "auto" => HasBfloat16 && Autocast.IsAvailable
            ? new Precision("bf16", "the processor multiplies bfloat16 in hardware", torch.ScalarType.BFloat16)
            : new Precision("fp32", "the processor has no bfloat16 products", null),
        _ => throw new ClipException(
            ClipError.Usage, "The precision is not known", "--precision", name, "auto, fp32, bf16, fp16 or pure_bf16",
            "Choose one."),
    };

    /// <summary>Makes the towers compute in this format until disposed, on this thread.</summary>
    public IDisposable? Enter(DeviceType device) => _compute is { } type ? Autocast.Enter(device, type) : null;

    private static Precision Half(string name, torch.ScalarType type) => Autocast.IsAvailable
        ? new Precision(name, "asked for", type)
        : throw new ClipException(ClipError.Unavailable, "16-bit computing cannot be had", "--precision",
            "a libtorch without autocast",
            "libtorch 2.10", "Use --precision fp32.");

    // CPUID leaf 7, sub-leaf 1, EAX bit 5: AVX512_BF16. The system must let programs use AVX-512 too, which the bit does not say.
    private static bool HasBfloat16 =>
        Avx512F.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
}
