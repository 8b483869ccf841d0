using System.Globalization;

namespace ClipSharp.Data.Sources.Tables;

/// <summary>How a path in a table is found: beside the table, else from the working folder, as open_clip's users write it; as it
/// stands, else with its back-slashes as slashes, as Windows writes it.</summary>
/// <param name="table">The table.</param>
internal sealed class TablePaths(string table)
{
    private readonly string[] _places =
        [.. new[] { Path.GetDirectoryName(Path.GetFullPath(table))!, Environment.CurrentDirectory }.Distinct()];

    private long _fromWorkingFolder;
    private long _fromWindows;

    /// <summary>The full path of a file that is there; null where there is none.</summary>
    /// <param name="written">As it stands in the table.</param>
    public string? Find(string written)
    {
        if (Candidates(written).FirstOrDefault(found => File.Exists(found.Path)) is not { Path: not null } candidate)
        {
            return null;
        }

        _fromWorkingFolder += candidate.Place != _places[0] ? 1 : 0;
        _fromWindows += candidate.Form != written ? 1 : 0;
        return candidate.Path;
    }

    /// <summary>Whether there is such a file.</summary>
    public bool IsThere(string written) => Candidates(written).Any(candidate => File.Exists(candidate.Path));

    /// <summary>Where a path was looked for, in words.</summary>
    public string Tried(string written) => written.Length == 0 ? "no path"
        : _places.Length == 1 || Path.IsPathRooted(written) ? "there is no such file"
        : "neither " + string.Join(" nor ", _places.Select(place => Path.Combine(place, Forms(written)[^1])));

    private IEnumerable<(string Path, string Form, string Place)> Candidates(string written) =>
        written.Length == 0 || written.Contains('\0')
            ? []
            : Forms(written).SelectMany(form => _places.Select(place => (Path.GetFullPath(form, place), form, place)));

    /// <summary>What was needed to find the paths so far, said once; empty where all were found beside the table.</summary>
    public IEnumerable<string> Notes()
    {
        if (_fromWorkingFolder > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{_fromWorkingFolder:N0} {(_fromWorkingFolder == 1 ? "path starts" : "paths start")} at the working folder, {_places[^1]}, and not beside the table");
        }

        if (_fromWindows > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"back-slashes were read as slashes in {_fromWindows:N0} paths");
        }
    }

    private static string[] Forms(string written) =>
        written.Contains('\\') && !OperatingSystem.IsWindows() ? [written, written.Replace('\\', '/')] : [written];
}
