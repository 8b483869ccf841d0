using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ClipSharp.Torch.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Machine;

/// <summary>The CUDA devices this libtorch sees, named by the driver: TorchSharp tells their number only.</summary>
internal static unsafe class CudaDevices
{
    private const int ComputeCapabilityMajor = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
    private const int Ampere = 8;                  // the first to multiply bfloat16

    /// <summary>How many there are.</summary>
    public static int Count
    {
        get
        {
            // Asked without its CUDA part, TorchSharp would search the package folder for one and copy it.
            var hasCuda = LibTorch.LoadedFiles
                .Any(file => Path.GetFileName(file).Contains("torch_cuda", StringComparison.Ordinal));
            return hasCuda && torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        }
    }

    public static IReadOnlyList<DeviceReport> List() => [.. Enumerable.Range(0, Count).Select(Describe)];

    /// <summary>Whether a device multiplies bfloat16 in hardware; false where the driver does not tell.</summary>
    public static bool HasBfloat16(Device opened)
    {
        int device, major;
        return NativeLibrary.TryLoad(Driver, out var driver)
            && NativeLibrary.TryGetExport(driver, "cuDeviceGet", out var get)
            && NativeLibrary.TryGetExport(driver, "cuDeviceGetAttribute", out var getAttribute)
            && ((delegate* unmanaged[Cdecl]<int*, int, int>)get)(&device, opened.index) == 0
            && ((delegate* unmanaged[Cdecl]<int*, int, int, int>)getAttribute)(&major, ComputeCapabilityMajor, device) == 0
            && major >= Ampere;
    }

    /// <summary>What tells a device from all others, as nvidia-smi writes it: "GPU-...".</summary>
    /// <exception cref="ClipException">The driver does not tell (Unavailable).</exception>
    public static string UuidOf(Device opened)
    {
        int device;
        Guid uuid;
        Require(((delegate* unmanaged[Cdecl]<int*, int, int>)Function("cuDeviceGet"))(&device, opened.index));
        Require(((delegate* unmanaged[Cdecl]<Guid*, int, int>)Function("cuDeviceGetUuid_v2"))(&uuid, device));
        return $"GPU-{new Guid(MemoryMarshal.AsBytes(new ReadOnlySpan<Guid>(in uuid)), bigEndian: true)}";
    }

    /// <summary>What makes a device the calling thread's, for libraries of others. It does what cudaSetDevice does: makes the
    /// primary context current, which all copies of CUDA's runtime in a process share.</summary>
    /// <exception cref="ClipException">The driver refuses (Unavailable); also when it is called.</exception>
    public static Action Entrance(Device opened)
    {
        int device;
        nint context;
        Require(((delegate* unmanaged[Cdecl]<int*, int, int>)Function("cuDeviceGet"))(&device, opened.index));
        Require(((delegate* unmanaged[Cdecl]<nint*, int, int>)Function("cuDevicePrimaryCtxRetain"))(&context, device));
        var enter = (delegate* unmanaged[Cdecl]<nint, int>)Function("cuCtxSetCurrent");
        var entered = context;
        return () => Require(enter(entered));
    }

    private static nint Function(string name) =>
        NativeLibrary.TryLoad(Driver, out var driver) && NativeLibrary.TryGetExport(driver, name, out var address)
            ? address
            : throw Refusal($"no {name}");

    private static void Require(int code)
    {
        if (code != 0)
        {
            throw Refusal(string.Create(CultureInfo.InvariantCulture, $"code {code}"));
        }
    }

    private static ClipException Refusal(string found) => new(ClipError.Unavailable, "The CUDA driver refuses", Driver, found,
        "a driver of CUDA 12 or later", "See nvidia-smi; install a driver that fits this libtorch.");

    private static string Driver => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    // CUDA driver API: cuDeviceGet, cuDeviceGetName, cuDeviceTotalMem; libtorch has initialised the driver.
    private static DeviceReport Describe(int ordinal)
    {
        var name = TorchDevice.Cuda(ordinal).ToString();
        int device;
        if (!NativeLibrary.TryLoad(Driver, out var driver)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGet", out var get)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGetName", out var getName)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceTotalMem_v2", out var getMemory)
            || ((delegate* unmanaged[Cdecl]<int*, int, int>)get)(&device, ordinal) != 0)
        {
            return new(name, "a CUDA device", null);
        }

        Span<byte> text = stackalloc byte[256];
        text.Clear();
        fixed (byte* start = text)
        {
            _ = ((delegate* unmanaged[Cdecl]<byte*, int, int, int>)getName)(start, text.Length - 1, device);
        }

        nuint bytes;
        var known = ((delegate* unmanaged[Cdecl]<nuint*, int, int>)getMemory)(&bytes, device) == 0;
        return new(name, Encoding.UTF8.GetString(text[..text.IndexOf((byte)0)]), known ? (long)bytes : null);
    }
}
