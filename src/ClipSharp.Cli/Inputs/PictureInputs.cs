using System.CommandLine;
using ClipSharp.Cli.Rendering;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources.Folders;
using ClipSharp.Files;

namespace ClipSharp.Cli.Inputs;

/// <summary>Where a command takes pictures: files, folders, patterns, or a list on stdin.</summary>
internal static class PictureInputs
{
    /// <summary>The word for a list on stdin.</summary>
    public const string Stdin = "-";

    private const string What = "Pictures: files, folders, patterns such as \"photos/*.jpg\", or - for a list on stdin, one path a line.";

    private static readonly DataOptions Reading = new();

    /// <summary>The option <c>--image</c>.</summary>
    /// <param name="more">A sentence behind the description.</param>
    public static Option<string[]> Option(string more = "") => new("--image", "-i")
    {
        Description = $"{What}{(more.Length > 0 ? " " : "")}{more}",
        HelpName = "paths",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    /// <summary>The argument of commands that take nothing but pictures.</summary>
    public static Argument<string[]> Argument() => new("picture") { Description = What, Arity = ArgumentArity.OneOrMore };

    /// <summary>The files that are meant, in the order given; those of a folder or a pattern in ordinal order. A file that is
    /// named and not there stays in the list, for the command to report beside the others.</summary>
    /// <param name="given">What the user gave.</param>
    /// <param name="output">Told what a folder holds that is no picture.</param>
    /// <exception cref="ClipException">A folder holds no picture, or a pattern fits nothing.</exception>
    public static IReadOnlyList<string> Files(IReadOnlyList<string> given, Output output) =>
        [.. Listed(given).SelectMany(path => Expand(path, output))];

    /// <summary>The list with the lines of stdin in place of <c>-</c>; they may be ended by NUL, as <c>find -print0</c> has
    /// them.</summary>
    public static IReadOnlyList<string> Listed(IReadOnlyList<string> given) => !given.Contains(Stdin) ? given
        : [.. given.SelectMany(path => path == Stdin ? Lines(Console.In.ReadToEnd()) : [path])];

    private static string[] Lines(string text) => text.Contains('\0')
        ? text.Split('\0', StringSplitOptions.RemoveEmptyEntries)
        : text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Expand(string path, Output output)
    {
        if (Directory.Exists(path))
        {
            return Pictures(path, output);
        }

        if (File.Exists(path) || !PathPattern.IsPattern(path))
        {
            return [path];
        }

        var matches = PathPattern.Expand(path);
        return matches.Count > 0
            ? matches.SelectMany(match => Directory.Exists(match) ? Pictures(match, output) : [match])
            : throw new ClipException(ClipError.NoInput, "No picture fits the pattern", path, "nothing", "at least one file",
                "Check the path.");
    }

    private static List<string> Pictures(string folder, Output output)
    {
        var entries = FolderWalk.Entries(folder, Reading);
        var keys = entries.Where(entry => entry.LeftOut is null && !FolderWalk.IsText(entry.Key, Reading))
            .Select(entry => entry.Key).ToList();
        var stems = keys.Select(Stem).ToHashSet(StringComparer.Ordinal);
        var skips = new SkipReport();
        foreach (var (key, reason, detail) in entries.Where(entry => entry.LeftOut is not null || IsOfNoPicture(entry.Key)))
        {
            skips.Add(new Skip(reason ?? SkipReason.OtherFile, Path.Combine(folder, key), key, detail));
        }

        var pictures = keys.ConvertAll(key => Path.Combine(folder, key));
        if (pictures.Count == 0)
        {
            throw new ClipException(ClipError.NoInput, "The folder holds no picture", folder,
                skips.Total == 0 ? "no file" : $"{skips}, the first {skips.Examples[0]}", "at least one picture",
                "Check the path.");
        }

        if (skips.Total > 0)
        {
            output.Note($"left out in {folder}: {skips}, the first {skips.Examples[0].Key}");
        }

        return pictures;

        // Captions beside pictures, or in a file for all of them, are what one expects among pictures.
        bool IsOfNoPicture(string key) => FolderWalk.IsText(key, Reading) && !FolderCaptions.IsTable(key)
            && !stems.Contains(Stem(key));

        static string Stem(string key) => key[..^Path.GetExtension(key).Length];
    }
}
