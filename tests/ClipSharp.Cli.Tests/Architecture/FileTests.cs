using System.Text.RegularExpressions;

namespace ClipSharp.Cli.Tests.Architecture;

/// <summary>What holds for every file of the repository.</summary>
public sealed partial class FileTests
{
    private const int MostLines = 500;
    private const int MostColumns = 130;
    private const int MostFiles = 15;

    // Kinds of classes, not things of the field.
    private static readonly string[] NoRooms =
        ["Helpers", "Utils", "Utilities", "Common", "Interfaces", "Extensions", "Misc", "Shared"];

    private static readonly string[] NotOurs = ["artifacts", ".git", ".vs", ".vscode", ".idea", "bin", "obj", "runs", "logs"];

    private static readonly string[] TextEndings =
        [".cs", ".csproj", ".props", ".targets", ".json", ".md", ".txt", ".slnx", ".cmd", ".yml", ".sh", ".editorconfig", ""];

    [Fact]
    public void No_source_file_is_longer_than_a_reader_bears() =>
        Assert.Empty(Sources().Where(file => File.ReadLines(file).Count() > MostLines).Select(Relative));

    // A text is not cut where it would no longer be found: its length does not count.
    [Fact]
    public void No_line_is_wider_than_the_window()
    {
        var wide = new List<string>();
        foreach (var file in Sources())
        {
            var inRawText = false;
            foreach (var (number, line) in File.ReadLines(file).Index())
            {
                var marks = RawTextMark().Count(line);
                var isText = inRawText || marks > 0;
                inRawText ^= marks % 2 == 1;
                if (!isText && line.Length > MostColumns && Text().Replace(line, "").Length > MostColumns - 30)
                {
                    wide.Add($"{Relative(file)}:{number + 1}");
                }
            }
        }

        Assert.Empty(wide);
    }

    [Fact]
    public void No_folder_holds_more_files_than_a_reader_overlooks() =>
        Assert.Empty(Sources().GroupBy(file => Relative(Path.GetDirectoryName(file)!)).Where(folder => folder.Count() > MostFiles)
            .Select(folder => $"{folder.Key}: {folder.Count()} files"));

    [Fact]
    public void No_folder_is_named_after_a_kind_of_class() =>
        Assert.Empty(Sources().SelectMany(file => Relative(file).Split('/'))
            .Intersect(NoRooms, StringComparer.OrdinalIgnoreCase));

    [Fact]
    public void A_namespace_equals_its_folder()
    {
        var wrong = from file in Sources()
                    let expected = string.Join('.', Relative(Path.GetDirectoryName(file)!).Split('/').Skip(1))
                    let found = NamespaceLine().Match(File.ReadAllText(file)).Groups[1].Value
                    where found != "" && found != expected
                    select $"{Relative(file)}: namespace {found}, expected {expected}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void No_file_names_a_path_of_one_machine()
    {
        var wrong = from file in Walk(new DirectoryInfo(SharedFiles.Root))
                    where TextEndings.Contains(Path.GetExtension(file)) && new FileInfo(file).Length < 1 << 20
                    from line in File.ReadLines(file)
                    where MachinePath().IsMatch(line)
                    select $"{Relative(file)}: {line.Trim()}";
        Assert.Empty(wrong);
    }

    // macOS has bash 3.2, where an empty array is no value under "set -u", and the tools of BSD.
    [Fact]
    public void Scripts_ask_nothing_of_a_shell_that_macOS_lacks()
    {
        var scripts = Walk(new DirectoryInfo(SharedFiles.Root)).Append(Path.Combine(SharedFiles.Root, ".ci", "run")).Distinct()
            .Where(file => Path.GetExtension(file) is "" or ".sh"
                && File.ReadLines(file).FirstOrDefault()?.StartsWith("#!", StringComparison.Ordinal) == true)
            .ToList();
        var wrong = from file in scripts
                    from line in File.ReadLines(file)
                    where NewerShell().IsMatch(line)
                    || EmptyArrays(file).Any(name => line.Contains($"\"${{{name}[@]}}\"", StringComparison.Ordinal)
                        && !line.Contains($"${{{name}[@]+", StringComparison.Ordinal))
                    select $"{Relative(file)}: {line.Trim()}";

        Assert.InRange(scripts.Count, 4, 100);
        Assert.Empty(wrong);

        static IEnumerable<string> EmptyArrays(string file) =>
            File.ReadLines(file).SelectMany(line => EmptyArray().Matches(line)).Select(match => match.Groups[1].Value);
    }

    private static IEnumerable<string> Sources() =>
        Walk(new DirectoryInfo(SharedFiles.Root)).Where(file => file.EndsWith(".cs", StringComparison.Ordinal)
            && Relative(file).Split('/')[0] is "src" or "tests");

    private static IEnumerable<string> Walk(DirectoryInfo folder) => folder.EnumerateFiles().Select(file => file.FullName)
        .Concat(folder.EnumerateDirectories().Where(child => !NotOurs.Contains(child.Name)).SelectMany(Walk));

    private static string Relative(string path) => Path.GetRelativePath(SharedFiles.Root, path).Replace('\\', '/');

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex("\"\"\"")]
    private static partial Regex RawTextMark();

    [GeneratedRegex("""@?"(\\.|[^"\\])*"|//.*https?:\S+""")]
    private static partial Regex Text();

    [GeneratedRegex(@"\b(\w+)=\(\)")]
    private static partial Regex EmptyArray();

    // bash 4: maps, names of variables, arrays from lines, letter case, |&, &>>. GNU: sed -i without an ending, date -d, stat -c,
    // grep -P.
    [GeneratedRegex(@"\b(declare|local|typeset) -[An]\b|\b(mapfile|readarray|coproc)\b|\$\{\w+(,,?|\^\^?)\}|\|&|&>>|\bsed -i |\bdate -d|\bstat -c|\bgrep -\w*P")]
    private static partial Regex NewerShell();

    // A home folder, or a work folder in the root of the disk.
    [GeneratedRegex(@"(?<![\w.~*}/])/(root|home|Users|work|mnt)/\w|[A-Z]:\\Users\\")]
    private static partial Regex MachinePath();
}
