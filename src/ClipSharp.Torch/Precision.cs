using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Loading;
using ClipSharp.Torch.Machine;
using TorchSharp;

namespace ClipSharp.Torch;

/// <summary>The number formats of a model at work: in what its towers compute and in what their matrices are kept. Sums of
/// squares, logits, loss and the logit scale are float32 whatever is chosen.</summary>
public sealed class Precision
{
    // The first spelling is the one that is written; open_clip has the others.
    private static readonly (NumberFormat Format, string[] Spellings)[] Formats =
    [
        (NumberFormat.Auto, ["auto"]),
        (NumberFormat.Fp32, ["fp32"]),
        (NumberFormat.Bf16, ["bf16", "amp_bf16", "amp_bfloat16"]),
        (NumberFormat.Fp16, ["fp16", "amp", "amp_fp16"]),
        (NumberFormat.PureBf16, ["pure_bf16"]),
    ];

    private readonly torch.ScalarType? _compute;

    private Precision(NumberFormat format, string reason)
    {
        (Format, Reason) = (format, reason);
        _compute = format switch
        {
            NumberFormat.Fp32 => null,
            NumberFormat.Fp16 => torch.ScalarType.Float16,
            _ => torch.ScalarType.BFloat16,
        };
    }

    /// <summary>The format; never <see cref="NumberFormat.Auto"/>, which is decided.</summary>
    public NumberFormat Format { get; }

    /// <summary>"fp32", "bf16", "fp16" or "pure_bf16".</summary>
    public string Name => NameOf(Format);

    /// <summary>Why it was chosen, for people.</summary>
    public string Reason { get; }

    /// <summary>Whether gradients are so small in this format that the loss must be scaled up.</summary>
    public bool ScalesLoss => _compute == torch.ScalarType.Float16;

    /// <summary>Whether no float32 copy of the matrices is kept (open_clip's <c>pure_bf16</c>).</summary>
    public bool IsPure => Format == NumberFormat.PureBf16;

    /// <summary>Reads <c>--precision</c>: "fp32", "bf16" and "fp16" (open_clip's spellings "amp_bf16", "amp", "amp_fp16" too),
    /// "pure_bf16" or "auto".</summary>
    /// <param name="name">The format's name.</param>
    /// <param name="device">Where towers will compute, which decides "auto"; the processor unless given.</param>
    /// <exception cref="ClipException">The name is not known, or mixed precision cannot be had from this libtorch, or "auto" asks
    /// a device that is not there.</exception>
    public static Precision Parse(string name, TorchDevice device = default) => FormatOf(name) is { } format
        ? Of(format, device)
        : throw new ClipException(ClipError.Usage, "The precision is not known", "--precision", name, NamesOfFormats,
            "Choose one.");

    /// <summary>A format on a device.</summary>
    /// <param name="format">The format; <see cref="NumberFormat.Auto"/> is decided by what the device multiplies in
    /// hardware.</param>
    /// <param name="device">Where towers will compute.</param>
    /// <exception cref="ClipException">Mixed precision cannot be had from this libtorch, or <see cref="NumberFormat.Auto"/> asks
    /// a device that is not there.</exception>
    public static Precision Of(NumberFormat format, TorchDevice device) => format switch
    {
        NumberFormat.Auto => Decide(device.IsCpu ? "processor" : "device",
            (device.IsCpu ? HasBfloat16 : CudaDevices.HasBfloat16(device.Open())) && Autocast.IsAvailable),
        NumberFormat.Fp32 => new Precision(NumberFormat.Fp32, "asked for"),
        _ when Autocast.IsAvailable => new Precision(format, "asked for"),
        _ => throw new ClipException(ClipError.Unavailable, "16-bit computing cannot be had", "--precision",
            "a libtorch without autocast",
            "libtorch 2.10", "Use --precision fp32."),
    };

    /// <summary>How a format is spelt.</summary>
    internal static string NameOf(NumberFormat format) => Formats.First(f => f.Format == format).Spellings[0];

    /// <summary>The format of a spelling, or null.</summary>
    internal static NumberFormat? FormatOf(string? name) =>
        Formats.Where(f => f.Spellings.Contains(name)).Select(f => (NumberFormat?)f.Format).FirstOrDefault();

    /// <summary>The spellings that are written, for messages.</summary>
    internal static string NamesOfFormats { get; } =
        string.Join(", ", Formats.SkipLast(1).Select(f => f.Spellings[0])) + " or " + Formats[^1].Spellings[0];

    private static Precision Decide(string who, bool hasBfloat16) => hasBfloat16
        ? new Precision(NumberFormat.Bf16, $"the {who} multiplies bfloat16 in hardware")
        : new Precision(NumberFormat.Fp32, $"the {who} has no bfloat16 products");

    /// <summary>Makes the towers compute in this format until disposed, on this thread.</summary>
    public IDisposable? Enter(DeviceType device) => _compute is { } type ? Autocast.Enter(device, type) : null;

    // CPUID leaf 7, sub-leaf 1, EAX bit 5: AVX512_BF16. The system must let programs use AVX-512 too, which the bit does not say.
    // A natively compiled program (PublishAot) knows only the instructions that it was compiled for, so libtorch is asked there.
    internal static unsafe bool HasBfloat16 => RuntimeFeature.IsDynamicCodeCompiled
        ? Avx512F.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0
        : NativeFunction.HasBfloat16.IsAvailable
            && ((delegate* unmanaged[Cdecl]<byte>)NativeFunction.HasBfloat16.Address)() != 0;
}
