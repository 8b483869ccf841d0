using System.Globalization;
using ClipSharp.Torch.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch;

/// <summary>Devices by their names: "cpu", "cuda" or "cuda:N".</summary>
internal static class TorchDevice
{
    private const string Cpu = "cpu", Cuda = "cuda";

    /// <summary>Whether a text names a device, there or not.</summary>
    public static bool IsName(string name) => name == Cpu || Ordinal(name) is not null;

    /// <summary>The device of that name.</summary>
    /// <exception cref="ClipException">It is no device's name, or this machine or this libtorch has no such device.</exception>
    public static Device Of(string name)
    {
        LibTorch.EnsureLoaded();
        if (name == Cpu)
        {
            return CPU;
        }

        var ordinal = Ordinal(name) ?? throw new ClipException(ClipError.Usage, "There is no such device", "--device", name,
            "cpu, cuda or cuda:N", "See clipsharp doctor --system.");
        var count = cuda.is_available() ? cuda.device_count() : 0;
        return ordinal < count
            ? new Device(DeviceType.CUDA, ordinal)
            : throw new ClipException(ClipError.Unavailable, "The device is not there", "--device", name,
                string.Create(CultureInfo.InvariantCulture, $"one of {count} CUDA devices that this libtorch sees"),
                "Use --device cpu, or name a libtorch with CUDA by CLIPSHARP_LIBTORCH; clipsharp doctor --system lists what is there.");
    }

    private static int? Ordinal(string name) =>
        name == Cuda ? 0
        : name.StartsWith(Cuda + ":", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(Cuda.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
                ? ordinal
        : null;
}
