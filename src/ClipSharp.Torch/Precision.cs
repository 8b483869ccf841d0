using System.Runtime.Intrinsics.X86;
using ClipSharp.Torch.Native;
using TorchSharp;

namespace ClipSharp.Torch;

/// <summary>The number format in which towers compute. Master weights, logits, loss and the logit scale are float32 whatever is chosen.</summary>
public sealed class Precision
{
    private Precision(string name, string reason)
    {
        Name = name;
        Reason = reason;
    }

    /// <summary>"fp32" or "bf16".</summary>
    public string Name { get; }

    /// <summary>Why it was chosen, for people.</summary>
    public string Reason { get; }

    /// <summary>Reads <c>--precision</c>: "fp32", "bf16" (open_clip's spelling "amp_bf16" too) or "auto": bfloat16 where the processor
    /// multiplies it in hardware, else float32.</summary>
    /// <exception cref="ClipException">The name is not known, or bfloat16 cannot be had from this libtorch.</exception>
    public static Precision Parse(string name)
    {
        switch (name)
        {
            case "fp32":
                return new Precision("fp32", "asked for");
            case "bf16" or "amp_bf16":
                return Autocast.IsAvailable
                    ? new Precision("bf16", "asked for")
                    : throw new ClipException(ClipError.Unavailable, "bfloat16 cannot be had", "--precision", "a libtorch without autocast",
                        "libtorch 2.10", "Use --precision fp32.");
            case "auto":
                return HasBfloat16 && Autocast.IsAvailable
                    ? new Precision("bf16", "the processor multiplies bfloat16 in hardware")
                    : new Precision("fp32", "the processor has no bfloat16 products");
            default:
                throw new ClipException(ClipError.Usage, "The precision is not known", "--precision", name, "auto, fp32 or bf16", "Choose one.");
        }
    }

    /// <summary>Makes the towers compute in this format until disposed, on this thread.</summary>
    public IDisposable? Enter(DeviceType device) => Name == "bf16" ? Autocast.Enter(device, torch.ScalarType.BFloat16) : null;

    // CPUID leaf 7, sub-leaf 1, EAX bit 5: AVX512_BF16.
    private static bool HasBfloat16 => X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
}
