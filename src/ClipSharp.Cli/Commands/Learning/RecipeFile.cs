using System.Text.Json.Nodes;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Sources;
using ClipSharp.Training;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary>The options that flags are laid over: a recipe's, or those of the run that goes on.</summary>
internal static class RecipeFile
{
    private const string Hub = "hf-hub:";

    /// <summary>The members that name data.</summary>
    public static readonly string[] Data = ["train_data", "val_data", "zeroshot_data", "eval_data"];
    private static readonly string[] Files = ["model", "pretrained", "pretrained_image", "vocab"];

    /// <summary>A recipe's members. Relative paths start in the working folder; what is not there is looked for from the recipe's
    /// own folder and those above it, so that a recipe means the same from anywhere.</summary>
    /// <exception cref="ClipException">There is no such file, or it is no recipe.</exception>
    public static JsonObject Read(string path)
    {
        var members = TrainOptions.ReadJson(path);
        var folders = FoldersAbove(path).ToList();
        foreach (var (names, exists) in new (string[], Func<string, bool>)[] { (Data, IsData), (Files, Path.Exists) })
        {
            foreach (var name in names)
            {
                if (members[name] is JsonValue value && value.TryGetValue<string>(out var text) && IsRelative(text)
                    && !exists(text)
                    && folders.Select(folder => From(folder, text)).FirstOrDefault(exists) is { } found)
                {
                    members[name] = found;
                }
            }
        }

        return members;
    }

    /// <summary>The options of the run that <c>--resume</c> means, where it is not said what to train on.</summary>
    /// <param name="resume">The flag's value.</param>
    /// <param name="logs">The folder of runs.</param>
    /// <param name="name">The run's name, or null.</param>
    /// <returns>Its members, or null where no run's options lie there.</returns>
    /// <exception cref="ClipException">Several runs may be meant.</exception>
    public static JsonObject? OfResumed(string resume, string logs, string? name)
    {
        var run = resume != "latest"
            ? Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(resume))))
            : name is not null ? Path.Combine(logs, name)
            : TheOnly(logs);
        if (run is null || !File.Exists(Options(run)))
        {
            return null;
        }

        var members = Read(Options(run));
        members["logs"] = Path.GetDirectoryName(run) is { Length: > 0 } folder ? folder : ".";
        members["name"] = Path.GetFileName(run);
        return members;
    }

    private static string? TheOnly(string logs)
    {
        var folders = Directory.Exists(logs) ? Directory.GetDirectories(logs) : [];
        var runs = folders.Where(run => File.Exists(Options(run))).Order(StringComparer.Ordinal).ToList();
        return runs.Count < 2 ? runs.FirstOrDefault()
            : throw new ClipException(ClipError.Usage, "Several runs may be meant", $"--resume latest, {logs}",
                string.Join(", ", runs.Select(Path.GetFileName)), "one run", "Name it with --name.");
    }

    private static string Options(string run) => Path.Combine(run, "config.json");

    private static IEnumerable<string> FoldersAbove(string path)
    {
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(path)); folder is not null;
            folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }

    private static bool IsRelative(string text) =>
        text.Length > 0 && !Path.IsPathRooted(text) && !text.StartsWith(Hub, StringComparison.Ordinal)
        && !text.Split("::").Any(part => ShardPlace.IsRemote(part.Trim()));

    private static string From(string folder, string text) =>
        string.Join("::", text.Split("::").Select(part => Path.GetFullPath(Path.Combine(folder, part.Trim()))));

    private static bool IsData(string text)
    {
        try
        {
            return DataPattern.Expand(text).Count > 0;
        }
        catch (ClipException)
        {
            return false;
        }
    }
}
