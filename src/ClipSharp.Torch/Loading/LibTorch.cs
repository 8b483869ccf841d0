using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ClipSharp.Host;
using TorchSharp;

namespace ClipSharp.Torch.Loading;

/// <summary>Loads libtorch, once for the process: a published application has it beside it, a built one takes it from the package
/// folder. Linux is the system it was tried on; on Windows and macOS the libraries are loaded plainly.</summary>
/// <remarks>
/// The first place that holds the libraries is taken: the folder named by the environment variable
/// <c>CLIPSHARP_LIBTORCH</c> (the <c>torch/lib</c> of an installed PyTorch, or an unpacked libtorch; with CUDA if it has it;
/// the minor version must be this TorchSharp's), the application's folder, <c>runtimes/&lt;platform&gt;/native</c> in it, and the
/// package folders that the build wrote into the file <c>libtorch.folders</c> beside the application.
/// </remarks>
public static class LibTorch
{
    private static readonly Lazy<LoadedLibTorch> Libraries = new(Load);

    /// <summary>The libraries in use, in the order they were loaded.</summary>
    /// <exception cref="ClipException">See <see cref="EnsureLoaded"/>.</exception>
    public static IReadOnlyList<string> LoadedFiles => Libraries.Value.Files;

    /// <summary>Whether TorchSharp's library runs as a corrected copy, because this system's C++ library is older than the
    /// one it was built for.</summary>
    /// <exception cref="ClipException">See <see cref="EnsureLoaded"/>.</exception>
    public static bool UsesCorrectedCopy => Libraries.Value.UsesCorrectedCopy;

    /// <summary>Loads libtorch if that has not happened. Touching any type of this assembly tries the same silently; entry
    /// points call this to get the reason when it fails.</summary>
    /// <exception cref="ClipException"><see cref="ClipError.Unavailable"/>: the libraries are nowhere, or cannot be loaded; the
    /// message says where they were sought and what to install.</exception>
    public static void EnsureLoaded() => _ = Libraries.Value;

    /// <summary>The version that the libtorch in use says; null where it does not.</summary>
    internal static string? Version => LibTorchVersion.Of(Libraries.Value.Main);

    /// <summary>A function libtorch exports under its mangled name; false when this libtorch has none of that name.</summary>
    internal static bool TryGetExport(string symbol, out nint address)
    {
        address = 0;
        return NativeLibrary.TryGetExport(Libraries.Value.Main, symbol, out address);
    }

    // TorchSharp looks for libtorch the first time it is used: it must be there before.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void LoadEarly()
    {
        try
        {
            EnsureLoaded();
        }
        catch (ClipException)
        {
            // Kept by Lazy: EnsureLoaded tells it to those who need libtorch.
        }
    }

    private static LoadedLibTorch Load()
    {
        var loaded = LibTorchLoader.Load(LibTorchPlaces.OfThisProcess(), CorrectedBridge.DefaultFolder());
        LimitThreads();
        return loaded;
    }

    // libtorch counts processors by the affinity or not at all, never by a container's quota. An application that chose fewer
    // keeps them.
    private static void LimitThreads()
    {
        if (torch.get_num_threads() > Processors.Threads)
        {
            torch.set_num_threads(Processors.Threads);
        }

        if (torch.get_num_interop_threads() > Processors.Threads)
        {
            torch.set_num_interop_threads(Processors.Threads);
        }
    }
}
