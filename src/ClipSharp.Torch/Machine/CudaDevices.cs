using System.Runtime.InteropServices;
using System.Text;
using ClipSharp.Torch.Loading;
using TorchSharp;

namespace ClipSharp.Torch.Machine;

/// <summary>The CUDA devices this libtorch sees, named by the driver: TorchSharp tells their number only.</summary>
internal static unsafe class CudaDevices
{
    public static IReadOnlyList<DeviceReport> List()
    {
        // Asked without its CUDA part, TorchSharp would search the package folder for one and copy it.
        var hasCuda = LibTorch.LoadedFiles.Any(file => Path.GetFileName(file).Contains("torch_cuda", StringComparison.Ordinal));
        return hasCuda && torch.cuda.is_available() ? [.. Enumerable.Range(0, torch.cuda.device_count()).Select(Describe)] : [];
    }

    // CUDA driver API: cuDeviceGet, cuDeviceGetName, cuDeviceTotalMem; libtorch has initialised the driver.
    private static DeviceReport Describe(int ordinal)
    {
        var name = $"cuda:{ordinal}";
        int device;
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver)
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
