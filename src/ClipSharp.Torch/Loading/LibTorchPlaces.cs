using System.Reflection;
using System.Runtime.InteropServices;

namespace ClipSharp.Torch.Loading;

/// <summary>Where libtorch and TorchSharp's bridge to it may lie, best first: the folder a user names, the application's own
/// folder, the package folders that the build wrote into a file beside the application.</summary>
internal sealed record LibTorchPlaces(IReadOnlyList<string> LibTorch, IReadOnlyList<string> Bridge)
{
    /// <summary>Names a folder with another libtorch, such as <c>torch/lib</c> of an installed PyTorch.</summary>
    public const string Variable = "CLIPSHARP_LIBTORCH";

    /// <summary>The versions this was built with.</summary>
    public static string LibTorchVersion { get; } = Metadata("LibTorchVersion");

    /// <inheritdoc cref="LibTorchVersion"/>
    public static string TorchSharpVersion { get; } = Metadata("TorchSharpVersion");

    /// <summary>"linux-x64": the name of this platform's folder in a package.</summary>
    public static string Platform { get; } =
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")
        + "-" + RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();

    /// <summary>The places of this process.</summary>
    /// <exception cref="ClipException">The folder named by <see cref="Variable"/> is absent.</exception>
    public static LibTorchPlaces OfThisProcess()
    {
        var application = AppContext.BaseDirectory;
        string[] beside = [application, Path.Combine(application, "runtimes", Platform, "native")];
        var (libTorch, bridge) = ReadFolders(Path.Combine(application, "libtorch.folders")) is [var first, var second]
            ? ([.. beside, first], [.. beside, second])
            : (beside, beside);

        // A named folder wins without falling back: else a mistyped one would quietly give the CPU's libtorch.
        return Named() is { } named ? new([named], [named, .. bridge]) : new(libTorch, bridge);
    }

    private static string? Named()
    {
        var named = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(named))
        {
            return null;
        }

        var full = Path.GetFullPath(named);
        if (!Directory.Exists(full))
        {
            throw new ClipException(ClipError.Unavailable, "The named libtorch folder is absent", Variable, full, "a folder",
                $"Name the folder that holds libtorch's libraries, or unset {Variable} to use the package's.");
        }

        // libtorch's own archive keeps them in lib/.
        var inside = Path.Combine(full, "lib");
        return Directory.Exists(inside) ? inside : full;
    }

    // Written by buildTransitive/ClipSharp.Torch.targets. What cannot be read names no folder: the refusal says where was sought.
    private static string[] ReadFolders(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Metadata(string key) =>
        typeof(LibTorchPlaces).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(pair => pair.Key == key).Value!;
}
