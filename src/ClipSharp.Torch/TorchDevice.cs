using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Torch.Loading;
using ClipSharp.Torch.Machine;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch;

/// <summary>Where towers compute: the processor, or a CUDA device by its number. A name, and no promise that it is
/// there.</summary>
[JsonConverter(typeof(TorchDeviceConverter))]
public readonly record struct TorchDevice
{
    /// <summary>What names of devices look like.</summary>
    internal const string Names = "cpu, cuda or cuda:N";

    private const string CpuName = "cpu", CudaName = "cuda";

    private readonly int _place; // 0 = the processor, N + 1 = CUDA device N: the default is the processor

    private TorchDevice(int place) => _place = place;

    /// <summary>The processor.</summary>
    public static TorchDevice Cpu => default;

    /// <summary>Whether it is the processor.</summary>
    public bool IsCpu => _place == 0;

    /// <summary>A CUDA device.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static TorchDevice Cuda(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new TorchDevice(checked(index + 1));
    }

    /// <summary>Reads a name: "cpu", "cuda" (the first) or "cuda:N".</summary>
    /// <param name="name">The name.</param>
    /// <param name="device">The device, where it is one.</param>
    /// <returns>Whether it names a device, there or not.</returns>
    public static bool TryParse(string? name, out TorchDevice device)
    {
        var index = 0;
        var isCuda = name == CudaName
            || (name is not null && name.StartsWith(CudaName + ":", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(CudaName.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out index)
                && index < int.MaxValue);
        device = isCuda ? Cuda(index) : Cpu;
        return isCuda || name == CpuName;
    }

    /// <summary>Reads a name.</summary>
    /// <param name="name">"cpu", "cuda" or "cuda:N".</param>
    /// <exception cref="ClipException">It names no device.</exception>
    public static TorchDevice Parse(string name) => TryParse(name, out var device)
        ? device
        : throw new ClipException(ClipError.Usage, "There is no such device", "--device", name, Names,
            "See clipsharp doctor --system.");

    /// <summary>Its name: "cpu" or "cuda:N".</summary>
    public override string ToString() => IsCpu
        ? CpuName
        : string.Create(CultureInfo.InvariantCulture, $"{CudaName}:{_place - 1}");

    /// <summary>libtorch's device.</summary>
    /// <exception cref="ClipException">This machine or this libtorch has no such device, or there is no libtorch.</exception>
    internal Device Open()
    {
        LibTorch.EnsureLoaded();
        if (IsCpu)
        {
            return CPU;
        }

        var count = CudaDevices.Count;
        return _place <= count
            ? new Device(DeviceType.CUDA, _place - 1)
            : throw new ClipException(ClipError.Unavailable, "The device is not there", "--device", ToString(),
                string.Create(CultureInfo.InvariantCulture, $"one of {count} CUDA devices that this libtorch sees"),
                "Use --device cpu, or name a libtorch with CUDA by CLIPSHARP_LIBTORCH; clipsharp doctor --system lists what is there.");
    }
}

/// <summary>A device in JSON: its name.</summary>
internal sealed class TorchDeviceConverter : JsonConverter<TorchDevice>
{
    public override TorchDevice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TorchDevice.TryParse(reader.GetString(), out var device)
            ? device
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, TorchDevice value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
