using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ClipSharp.Files.Reading;

/// <summary>Keeps digests of large files between runs, so that not every start reads hundreds of megabytes. One small file each,
/// named by path, length and times of what was read: a file that changes has another name. Removing the folder is always
/// safe.</summary>
/// <param name="folder">Where they lie, made when needed; null = nowhere: nothing is kept.</param>
internal sealed class KeptDigests(string? folder)
{
    private const long Least = 16 << 20; // below, reading is as fast as looking up

    // Within a tick of a disk's clock a file can change twice.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    /// <summary>The user's: <c>digests</c> in <see cref="UserCache.Own"/>.</summary>
    public static KeptDigests OfUser() =>
        new(UserCache.Own(Environment.GetEnvironmentVariable) is { } own ? Path.Combine(own, "digests") : null);

    /// <summary>The digest of some files.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="beside">What else it depends on.</param>
    /// <param name="digest">Reads the files: SHA-256 in hexadecimal.</param>
    /// <exception cref="IOException">A file is gone.</exception>
    public string Of(IReadOnlyList<string> paths, string beside, Func<string> digest)
    {
        var files = paths.Select(LinkedFile.Of).ToList();
        if (folder is null || files.Sum(file => file.Length) < Least
            || files.Any(file => DateTime.UtcNow - file.LastWriteTimeUtc < Settled))
        {
            return digest();
        }

        var kept = Path.Combine(folder, NameOf(files, beside));
        if (TryRead(kept) is { } known)
        {
            return known;
        }

        var found = digest();
        if (NameOf([.. paths.Select(LinkedFile.Of)], beside) == Path.GetFileName(kept)) // unchanged while it was read
        {
            TryStore(kept, found);
        }

        return found;
    }

    private static string NameOf(IReadOnlyList<FileInfo> files, string beside)
    {
        var state = files.Select(file => string.Create(CultureInfo.InvariantCulture,
            $"{file.FullName}\0{file.Length}\0{file.LastWriteTimeUtc.Ticks}\0{file.CreationTimeUtc.Ticks}\0"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(state) + beside)));
    }

    private static string? TryRead(string path)
    {
        try
        {
            return File.Exists(path) && new FileInfo(path).Length == 2 * SHA256.HashSizeInBytes
                && File.ReadAllText(path) is var text && text.All(char.IsAsciiHexDigitLower) ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // read anew
        }
    }

    private static void TryStore(string path, string digest)
    {
        try
        {
            AtomicFile.WriteText(path, digest);
        }
        catch (ClipException)
        {
            // A full or read-only disk costs the time of reading again.
        }
    }
}
