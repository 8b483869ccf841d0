using System.Text.RegularExpressions;
using ClipSharp.Cli.Parsing;

namespace ClipSharp.Cli.Tests;

/// <summary>docs/differences.md and the table by which other tools' command lines are read say the same.</summary>
public sealed partial class DifferencesPageTests
{
    [Fact]
    public void Every_option_of_the_page_is_known()
    {
        var commands = Program.Root().Subcommands.ToDictionary(command => command.Name);
        var command = commands["train"];
        var seen = 0;
        foreach (var line in File.ReadLines(Path.Combine(SharedFiles.Root, "docs", "differences.md"))
            .Where(line => line.StartsWith('|')))
        {
            command = line.StartsWith("| CLIP_benchmark", StringComparison.Ordinal) ? commands["eval"]
                : line.StartsWith("| clip-retrieval", StringComparison.Ordinal) ? commands["embed"]
                : command;
            foreach (Match match in OptionName().Matches(line.Split('|')[1]))
            {
                var typed = TypedCommandLine.Read(Program.Root(), [command.Name, match.Value]);
                Assert.DoesNotContain(typed.Faults, fault => fault.StartsWith("unknown", StringComparison.Ordinal));
                seen++;
            }
        }

        Assert.True(seen > 50, $"{seen} options");
    }

    [GeneratedRegex(@"--[a-z][a-z0-9_-]*[a-z0-9]")]
    private static partial Regex OptionName();
}
