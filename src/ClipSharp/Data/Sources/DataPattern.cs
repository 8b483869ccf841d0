using System.Globalization;
using System.Text.RegularExpressions;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Shards.Stores;
using ClipSharp.Files;
using ClipSharp.Files.Reading;
using ClipSharp.Hub;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Data.Sources;

/// <summary>Turns what a user types for data into paths: <c>{000..127}</c> and <c>{a,b}</c> as in a shell, globs
/// (<c>*</c>, <c>?</c>, <c>**</c>), lists by comma or space, sources joined by <c>::</c>, and folders: one with
/// <c>nshards.txt</c> (<c>0.tar</c> ... as CLIP_benchmark has it), one with tars, else with Parquet files, or one of pictures,
/// which stays itself.
/// <c>hf-hub:org/name/folder</c> is a place in a data set that was pulled; addresses such as <c>https://host/{0..9}.tar</c> and
/// <c>s3://bucket/*.tar</c> are shards in a store, and so is what <c>pipe:COMMAND</c> writes.</summary>
public static partial class DataPattern
{
    /// <summary>How names of Parquet files end.</summary>
    internal const string ParquetEnding = ".parquet";

    private const int MaxPaths = 1_000_000;

    /// <summary>The paths, in the order of the pattern; a folder's and a glob's in ordinal order.</summary>
    /// <returns>Existing files or folders of pictures, or places in stores, at least one.</returns>
    /// <exception cref="ClipException">Paths do not exist, all of which it names, or the pattern cannot be
    /// understood.</exception>
    public static IReadOnlyList<string> Expand(string pattern) => Find(pattern, new DataOptions()).Paths;

    /// <summary>As <see cref="Expand"/>; what lacks may be an answer too, unless nothing is there at all. What a store lacks
    /// shows when it is read.</summary>
    /// <param name="pattern">As typed.</param>
    /// <param name="options">Whether shards may lack, and commands be run.</param>
    internal static (IReadOnlyList<string> Paths, IReadOnlyList<string> Missing) Find(string pattern, DataOptions options)
    {
        var (paths, missing) = (new List<string>(), new List<string>());
        foreach (var source in Sources().Split(pattern).Select(source => source.Trim()).Where(source => source.Length > 0))
        {
            // A path that exists is itself, whatever its name holds; in a command, spaces and commas are its own.
            foreach (var path in Path.Exists(source) ? Resolve(source)
                : source.StartsWith(PipeStore.Prefix, StringComparison.Ordinal) ? ExpandBraces(Allowed(source, options))
                : SplitList(source).SelectMany(ExpandBraces).SelectMany(Resolve))
            {
                (ShardPlace.IsRemote(path) || Path.Exists(path) ? paths : missing).Add(path);
            }
        }

        return (paths.Count, missing.Count) switch
        {
            (0, 0) => throw Bad(pattern, "nothing", "at least one path"),
            (0, _) => throw Bad(missing[0], "no such file", "an existing file or folder"),
            (_, > 0) when !options.AllowMissingShards => throw Bad(missing[0], Listed(missing, paths.Count), "existing files",
                "Fetch them, or go on without them by --allow-missing-shards, which counts them."),
            _ => (paths, missing),
        };
    }

    // All that lack, by their names: they mostly are of one folder.
    private static string Listed(List<string> missing, int there) => string.Create(CultureInfo.InvariantCulture,
        $"no such file, {missing.Count:N0} of {missing.Count + there:N0} lack: {string.Join(", ", missing.Select(Path.GetFileName))}");

    private static string Allowed(string command, DataOptions options) => options.AllowsCommands ? command
        : throw new ClipException(ClipError.Usage, "A command is not run", ShardPlace.Shown(command),
            "a command that was not typed here", "files or addresses",
            "Type it on the command line if you trust it: from a file, it would run what somebody else wrote.");

    // What the path stands for, whether it is there or not.
    private static IEnumerable<string> Resolve(string path)
    {
        if (ShardPlace.IsRemote(path))
        {
            return StorePattern.Expand(path);
        }

        path = HubCache.PathOf(path, RepoType.Dataset);
        if (Directory.Exists(path))
        {
            return Shards(path);
        }

        if (File.Exists(path))
        {
            return [path];
        }

        if (PathPattern.IsPattern(path) && PathPattern.Expand(path).Where(File.Exists).ToList() is { Count: > 0 } matches)
        {
            return matches;
        }

        return [path];
    }

    private static List<string> Shards(string folder)
    {
        var counted = Path.Combine(folder, "nshards.txt");
        if (!File.Exists(counted))
        {
            var tars = SteadyRead.Look(folder, () => Directory.GetFiles(folder, "*.tar"));
            var files = tars.Length > 0 ? tars : ParquetOfOneSplit(folder);
            var splits = files.Length > 0
                ? []
                : Directory.GetDirectories(folder).Where(HoldsShards).Select(Path.GetFileName).Order(StringComparer.Ordinal)
                .ToList();
            return splits.Count > 0 ? throw Bad(folder, $"splits: {string.Join(", ", splits)}", "one split",
                $"Name it: {Path.Combine(folder, splits[0]!)}.")
                : files.Length > 0 ? [.. files.Order(StringComparer.Ordinal)]
                : [folder];
        }

        using var reader = new StreamReader(new SteadyFile(counted));
        var text = reader.ReadLine() ?? "";
        if (!int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count is < 1 or > MaxPaths)
        {
            throw Bad(counted, $"\"{text}\"", $"a number of shards from 1 to {MaxPaths}");
        }

        return [.. Enumerable.Range(0, count)
            .Select(i => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{i}.tar")))];
    }

    private static bool HoldsShards(string folder)
    {
        try
        {
            return SteadyRead.Look(folder, () =>
                File.Exists(Path.Combine(folder, "nshards.txt")) || Directory.EnumerateFiles(folder, "*.tar").Any()
                || Directory.EnumerateFiles(folder, "*" + ParquetEnding).Any());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException
            or ClipException { Kind: ClipError.InputOutput })
        {
            return false; // told by name where the folder above is read
        }
    }

    // The hub puts all splits of a set into one folder: train-00000-of-00002.parquet, test-00000-of-00001.parquet. A
    // metadata.parquet is about the pictures beside it.
    private static string[] ParquetOfOneSplit(string folder)
    {
        string[] files = [.. SteadyRead.Look(folder, () => Directory.GetFiles(folder, "*" + ParquetEnding))
            .Where(file => Path.GetFileName(file) != "metadata" + ParquetEnding)];
        var splits = files.Select(file => PartOfSplit().Match(Path.GetFileName(file)).Groups[1].Value)
            .Where(split => split.Length > 0).Distinct().Order(StringComparer.Ordinal).ToList();
        return splits.Count < 2 ? files
            : throw Bad(folder, $"splits: {string.Join(", ", splits)}", "one split",
                $"Name it: \"{Path.Combine(folder, splits[0])}-*{ParquetEnding}\".");
    }

    // At commas and spaces outside braces.
    private static IEnumerable<string> SplitList(string list)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i <= list.Length; i++)
        {
            var c = i < list.Length ? list[i] : ',';
            depth += c switch { '{' => 1, '}' => -1, _ => 0 };
            if (i == list.Length || (depth <= 0 && (c == ',' || char.IsWhiteSpace(c))))
            {
                if (i > start)
                {
                    yield return list[start..i];
                }

                start = i + 1;
            }
        }
    }

    // The first brace group is replaced by each of its values until none is left. What has no comma and no range in it is text,
    // as for a shell.
    private static List<string> ExpandBraces(string pattern)
    {
        var results = new List<string>();
        var waiting = new Stack<string>([pattern]);
        while (waiting.TryPop(out var item))
        {
            if (BraceGroup().Match(item) is not { Success: true } group)
            {
                results.Add(item);
                continue;
            }

            var (open, close) = (group.Index, group.Index + group.Length - 1);
            var inner = item[(open + 1)..close];
            var values = inner.Contains("..", StringComparison.Ordinal) ? ExpandRange(inner, pattern) : inner.Split(',');
            if (values.Count + (long)waiting.Count + results.Count > MaxPaths)
            {
                throw Bad(pattern, $"more than {MaxPaths} paths", $"at most {MaxPaths}");
            }

            foreach (var value in values.Reverse())
            {
                waiting.Push(item[..open] + value + item[(close + 1)..]);
            }
        }

        return results;
    }

    // 000..127 keeps its zeros, as a shell does.
    private static IReadOnlyList<string> ExpandRange(string inner, string pattern)
    {
        var ends = inner.Split("..");
        if (ends.Length != 2
            || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var low)
            || !int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out var high)
            || high < low || (long)high - low >= MaxPaths)
        {
            throw Bad(pattern, $"{{{inner}}}", "a rising range such as {000..127}");
        }

        var isPadded = ends[0].Length > 1 && ends[0][0] == '0';
        var width = isPadded ? ends[0].Length : 1;
        return [.. Enumerable.Range(low, high - low + 1)
            .Select(i => i.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'))];
    }

    private static ClipException Bad(string where, string found, string expected,
        string remedy = "Quote the pattern so that the shell leaves it alone, and check the path.") =>
        new(ClipError.NoInput, "Data not found", where, found, expected, remedy);

    [GeneratedRegex(@"\{(?=[^{}]*(,|\.\.))[^{}]*\}")]
    private static partial Regex BraceGroup();

    // Not within the brackets of an address of IPv6.
    [GeneratedRegex(@"::(?![0-9a-fA-F:.%]*\])")]
    private static partial Regex Sources();

    [GeneratedRegex(@"^(.+)-\d+-of-\d+")]
    private static partial Regex PartOfSplit();
}
