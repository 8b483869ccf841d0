using System.Runtime.InteropServices;

namespace ClipSharp.Torch.Loading;

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
    public static LoadedLibTorch Load(LibTorchPlaces places, string? copies)
    {
        var (libTorch, bridge) = Find(places);
        var files = new List<string>();
        LoadPlain(Path.Combine(libTorch, Names.Core), files);
        foreach (var openMp in Directory.EnumerateFiles(libTorch, "libgomp*.so*").Order(StringComparer.Ordinal))
        {
            LoadPlain(openMp, files);
        }

        var main = LoadPlain(Path.Combine(libTorch, Names.Operators), files);
        LibTorchVersion.Require(LibTorchVersion.Of(main), files[^1]);
        LibraryPages.Release(files[^1]);
        foreach (var name in LaterNames.Select(name => Path.Combine(libTorch, name)).Where(File.Exists))
        {
            LoadPlain(name, files);
        }

        return new(main, files, LoadBridge(bridge, copies, files));
    }

    /// <returns>Whether a corrected copy was needed.</returns>
    private static bool LoadBridge(string path, string? copies, List<string> files)
    {
        try
        {
            LoadPlain(path, files);
            return false;
        }
        catch (ClipException refusal) when (
            OperatingSystem.IsLinux() && refusal.Message.Contains(BridgeCorrection.Version, StringComparison.Ordinal))
        {
            foreach (var copy in CorrectedBridge.Copies(path, copies))
            {
                if (NativeLibrary.TryLoad(copy, out _))
                {
                    files.Add(copy);
                    return true;
                }
            }

            throw new ClipException(ClipError.Unavailable, "There is no place for the corrected copy of TorchSharp's library",
                copies ?? "no home", "neither a folder nor memory from which it can be loaded", "a folder of this user's own",
                "Set CLIPSHARP_CACHE to a writable folder.", refusal);
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

    private static (string Folder, string Bridge) Find(LibTorchPlaces places)
    {
        var folder = places.LibTorch.FirstOrDefault(place => File.Exists(Path.Combine(place, Names.Operators)));
        var bridge = places.Bridge.FirstOrDefault(place => File.Exists(Path.Combine(place, Names.Bridge)));
        if (folder is not null && bridge is not null)
        {
            return (folder, Path.Combine(bridge, Names.Bridge));
        }

        var missing = string.Join(" and ",
            (string[])[.. folder is null ? [Names.Operators] : (string[])[], .. bridge is null ? [Names.Bridge] : (string[])[]]);
        throw new ClipException(ClipError.Unavailable, "libtorch is not there", string.Join(", ", places.LibTorch),
            $"no {missing}",
            $"the libraries of libtorch {LibTorchPlaces.LibTorchVersion} and TorchSharp {LibTorchPlaces.TorchSharpVersion}",
            $"Publish the application for its platform, which brings them: dotnet publish -r {LibTorchPlaces.Platform}.");
    }
}
