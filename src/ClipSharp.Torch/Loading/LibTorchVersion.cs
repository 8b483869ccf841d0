using System.Runtime.InteropServices;

namespace ClipSharp.Torch.Loading;

/// <summary>The version that a libtorch says it has: one byte each for major, minor and patch from the top of
/// <c>aoti_torch_abi_version</c>.</summary>
internal static unsafe class LibTorchVersion
{
    private const string Function = "aoti_torch_abi_version";

    /// <summary>"2.10.0"; null where this libtorch does not say.</summary>
    /// <param name="main">Handle of the library that holds the operators.</param>
    public static string? Of(nint main) => NativeLibrary.TryGetExport(main, Function, out var address)
        ? Spell(((delegate* unmanaged[Cdecl]<ulong>)address)())
        : null;

    /// <summary>A version in words.</summary>
    public static string Spell(ulong version) =>
        FormattableString.Invariant($"{version >> 56}.{(version >> 48) & 255}.{(version >> 40) & 255}");

    /// <summary>Refuses a libtorch that TorchSharp was not built for: its calls would end the process or compute something
    /// else.</summary>
    /// <param name="found">What it says; null = nothing.</param>
    /// <param name="path">The library.</param>
    /// <exception cref="ClipException">Major or minor number is another.</exception>
    public static void Require(string? found, string path)
    {
        var expected = LibTorchPlaces.LibTorchVersion;
        if (found is null || MajorMinor(found) != MajorMinor(expected))
        {
            throw new ClipException(ClipError.Unavailable, "This libtorch is of another version", path,
                found ?? "a libtorch that does not say its version", $"libtorch {expected}",
                $"Name a folder with libtorch {expected} by {LibTorchPlaces.Variable}, or unset it to use the package's.");
        }
    }

    // Patches keep the functions that are called.
    private static string MajorMinor(string version) => string.Join('.', version.Split('.', '+').Take(2));
}
