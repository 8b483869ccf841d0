using System.Runtime.InteropServices;

namespace ClipSharp.Torch.Native;

/// <summary>What was loaded.</summary>
/// <param name="Main">Handle of the library that holds the operators.</param>
/// <param name="Files">Full paths, in the order of loading.</param>
/// <param name="UsesCorrectedCopy">Whether the last of them is a corrected copy.</param>
internal sealed record LoadedLibTorch(nint Main, IReadOnlyList<string> Files, bool UsesCorrectedCopy);

/// <summary>Loads the libraries one by one with full paths, each after those it needs: later requests by bare name, TorchSharp's
/// among them, then find what is loaded.</summary>
internal static class LibTorchLoader
{
    private static (string Core, string Operators, string Bridge) Names =>
        OperatingSystem.IsWindows() ? ("c10.dll", "torch_cpu.dll", "LibTorchSharp.dll")
        : OperatingSystem.IsMacOS() ? ("libc10.dylib", "libtorch_cpu.dylib", "libLibTorchSharp.dylib")
        : ("libc10.so", "libtorch_cpu.so", "libLibTorchSharp.so");

    // Those after the operators exist in a libtorch with CUDA only, but for the last.
    private static string[] LaterNames =>
        OperatingSystem.IsWindows() ? ["c10_cuda.dll", "torch_cuda.dll", "torch.dll"]
        : OperatingSystem.IsMacOS() ? ["libtorch.dylib"]
        : ["libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    /// <exception cref="ClipException">A library is nowhere or cannot be loaded.</exception>
    public static LoadedLibTorch Load(LibTorchPlaces places, string cache)
    {
        var libTorch = FolderWith(Names.Operators, places.LibTorch, PackageRemedy($"libtorch-cpu-{LibTorchPlaces.Platform}"));
        var bridge = Path.Combine(FolderWith(Names.Bridge, places.Bridge, PackageRemedy("TorchSharp")), Names.Bridge);
        ProcessSettings.Apply();

        var files = new List<string>();
        LoadPlain(Path.Combine(libTorch, Names.Core), files);
        foreach (var openMp in Directory.EnumerateFiles(libTorch, "libgomp*.so*").Order(StringComparer.Ordinal))
        {
            LoadPlain(openMp, files);
        }

        var main = LoadPlain(Path.Combine(libTorch, Names.Operators), files);
        LibraryPages.Release(files[^1]);
        foreach (var name in LaterNames.Select(name => Path.Combine(libTorch, name)).Where(File.Exists))
        {
            LoadPlain(name, files);
        }

        return new(main, files, LoadBridge(bridge, cache, files));
    }

    /// <returns>Whether a corrected copy was needed.</returns>
    private static bool LoadBridge(string path, string cache, List<string> files)
    {
        try
        {
            LoadPlain(path, files);
            return false;
        }
        catch (ClipException refusal) when (
            OperatingSystem.IsLinux() && refusal.Message.Contains(BridgeCorrection.Version, StringComparison.Ordinal))
        {
            LoadPlain(CorrectedBridge.PathFor(path, cache), files);
            return true;
        }
    }

    private static nint LoadPlain(string path, List<string> files)
    {
        try
        {
            var handle = NativeLibrary.Load(path);
            files.Add(path);
            return handle;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new ClipException(ClipError.Unavailable, "A library of libtorch cannot be loaded", path, Reason(e),
                $"libraries of libtorch {LibTorchPlaces.LibTorchVersion} for {LibTorchPlaces.Platform}",
                "Restore the packages again, or name a folder with a matching libtorch by " + LibTorchPlaces.Variable + ".", e);
        }
    }

    // .NET's message begins with general advice on Unix; the dynamic linker's own words are the next line.
    private static string Reason(Exception failure)
    {
        var lines = failure.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines is [_, var linker, ..] ? linker : failure.Message;
    }

    private static string FolderWith(string library, IReadOnlyList<string> places, string remedy) =>
        places.FirstOrDefault(folder => File.Exists(Path.Combine(folder, library)))
        ?? throw new ClipException(ClipError.Unavailable, $"{library} was not found", string.Join(", ", places), "no such file there",
            $"the library in one of these {places.Count} folders", remedy);

    private static string PackageRemedy(string package) =>
        $"Reference the package {package} in the application, or name a folder with libtorch {LibTorchPlaces.LibTorchVersion} by "
        + LibTorchPlaces.Variable + ".";
}
