using System.IO.Hashing;
using ClipSharp.Files;

namespace ClipSharp.Torch.Native;

/// <summary>The corrected copy of TorchSharp's bridge library, in a folder only this user may enter; one copy for each
/// original, named by its hash, which nothing is trusted for.</summary>
internal static class CorrectedBridge
{
    /// <summary>The copy's path; it is written when it is missing or differs.</summary>
    /// <param name="original">The library as delivered.</param>
    /// <param name="cache">The folder of copies.</param>
    /// <exception cref="ClipException">The original is not what the correction knows, or the folder cannot be written.</exception>
    public static string PathFor(string original, string cache)
    {
        var bytes = File.ReadAllBytes(original);
        var corrected = BridgeCorrection.Correct(bytes, original);
        var folder = Path.Combine(cache, Convert.ToHexStringLower(XxHash128.Hash(bytes)));
        MakePrivate(cache);
        MakePrivate(folder);

        // Compared whole instead of trusted: code is about to be loaded from it.
        var copy = Path.Combine(folder, Path.GetFileName(original));
        if (!File.Exists(copy) || !File.ReadAllBytes(copy).AsSpan().SequenceEqual(corrected))
        {
            AtomicFile.Write(copy, stream => stream.Write(corrected));
        }

        return copy;
    }

    /// <summary><c>XDG_CACHE_HOME</c> or <c>~/.cache</c>, then <c>clipsharp/native</c>.</summary>
    public static string DefaultCache()
    {
        // The XDG specification ignores relative paths.
        var named = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        var caches = Path.IsPathFullyQualified(named ?? "")
            ? named!
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(caches, "clipsharp", "native");
    }

    private static void MakePrivate(string folder)
    {
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        try
        {
            Directory.CreateDirectory(folder);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(folder, Private); // fails on somebody else's folder
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.Unavailable, "There is no place for the corrected copy of TorchSharp's library", folder,
                e.Message, "a folder of this user's own", "Set XDG_CACHE_HOME to a writable folder.", e);
        }
    }
}
