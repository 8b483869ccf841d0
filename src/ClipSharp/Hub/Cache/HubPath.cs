using ClipSharp.Hub.Transfer;

namespace ClipSharp.Hub.Cache;

/// <summary>Which names of a stranger may become paths on this disk: those that stay inside their folder and mean the same file
/// on every system.</summary>
internal static class HubPath
{
    private const int MaxLength = 1024;

    // Windows opens a device for them, whatever the ending.
    private static readonly HashSet<string> Devices = new(
        [
            "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
            .. from port in new[] { "COM", "LPT" } from digit in "0123456789¹²³" select port + digit,
        ], StringComparer.OrdinalIgnoreCase);

    /// <summary>Refuses the first bad name of a list, and a list that names a file twice.</summary>
    /// <exception cref="ClipException">A name is bad.</exception>
    public static void Check(IEnumerable<HubFile> files, string where)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var fault = FaultOf(file.Path) ?? (seen.Add(file.Path) ? null : "a second listing");
            if (fault is not null)
            {
                throw new ClipException(ClipError.Data, "The repository names a file that is not safe to write", where,
                    $"\"{file.Path}\": {fault}", "relative names that are plain on every system",
                    "Leave it out with --exclude if the rest is wanted, and tell the repository's owner.");
            }
        }
    }

    /// <summary>What is wrong with a path whose parts are separated by slashes; null when nothing is.</summary>
    public static string? FaultOf(string path) =>
        path.Length is 0 or > MaxLength ? $"a length of {path.Length}"
        : path.AsSpan().ContainsAnyInRange('\0', '\x1f') || path.Contains('\x7f') ? "a control character"
        : path.Contains('\\') ? "a backslash"
        : path.Contains(':') ? "a colon"
        : path.Any(char.IsSurrogate) && !IsWellFormed(path) ? "half a character"
        : path.Split('/').Select(FaultOfPart).FirstOrDefault(fault => fault is not null);

    private static string? FaultOfPart(string part) => part switch
    {
        "" => "an empty part (an absolute path, or two slashes)",
        "." or ".." => $"the part {part}",
        _ when part[^1] is '.' or ' ' => "a part that ends in a dot or a space",
        _ when Devices.Contains(part.Split('.')[0].TrimEnd(' ')) => $"the device name {part}",
        _ => null,
    };

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }
}
