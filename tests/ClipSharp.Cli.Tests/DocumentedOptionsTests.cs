using System.Text.RegularExpressions;
using ClipSharp.Cli.Parsing;

namespace ClipSharp.Cli.Tests;

/// <summary>Every command that README.md, the pages of docs and the scripts of recipes print is one that this program
/// understands: commands and options have these names, and what must be given is given.</summary>
public sealed partial class DocumentedOptionsTests
{
    public static TheoryData<string> Pages =>
    [
        "README.md", "CONTRIBUTING.md",
        .. Directory.EnumerateFiles(Path.Combine(SharedFiles.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(SharedFiles.Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_prints_commands_that_exist(string page)
    {
        foreach (var line in Commands(File.ReadAllText(Path.Combine(SharedFiles.Root, page))))
        {
            string[] arguments = [.. Word().Matches(line).Select(word => word.Value.Trim('"', '\''))];
            var root = Program.Root();
            var typed = TypedCommandLine.Read(root, arguments);
            Assert.True(typed.Faults.Count == 0, $"{page}: clipsharp {line}\n{string.Join('\n', typed.Faults)}");
            var errors = root.Parse([.. typed.Arguments]).Errors;
            Assert.True(errors.Count == 0,
                $"{page}: clipsharp {line}\n{string.Join('\n', errors.Select(error => error.Message))}");
        }
    }

    // Lines of blocks of code; one that ends with a backslash goes on. "..." stands for what a reader knows.
    private static IEnumerable<string> Commands(string page) =>
        from block in Block().Matches(page).Select(match => match.Groups[1].Value)
        from line in block.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        let command = Start().Match(line)
        where command.Success && !line.Contains("...", StringComparison.Ordinal)
        let text = line[command.Length..].TrimStart().Split(" #")[0].Split("   ")[0].Trim() // without what is said beside it
        where text != "test"
        select text;

    [GeneratedRegex("^```[a-z]*\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^\s*(\$ )?(\./)?clipsharp ")]
    private static partial Regex Start();

    [GeneratedRegex("""
        "[^"]*"|'[^']*'|[^\s"']+
        """)]
    private static partial Regex Word();
}
