using System.CommandLine;
using ClipSharp.Cli.Rendering;

namespace ClipSharp.Cli.Tests;

/// <summary>The help of every command is kept in Golden/*.txt; CLIPSHARP_ACCEPT=1 rewrites them.</summary>
public sealed class HelpPageTests
{
    private static readonly string Golden = Path.Combine(SharedFiles.Root, "tests", "ClipSharp.Cli.Tests", "Golden");

    public static TheoryData<string> Paths => [.. All(Program.Root()).Select(HelpPage.PathOf)];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Help_is_what_was_accepted(string path)
    {
        var help = await Help(path);
        var file = Path.Combine(Golden, path.Replace(' ', '-') + ".txt");
        if (Environment.GetEnvironmentVariable("CLIPSHARP_ACCEPT") == "1")
        {
            await File.WriteAllTextAsync(file, help, TestContext.Current.CancellationToken);
        }

        Assert.True(File.Exists(file), $"{file} is missing: look at the help, then run the tests with CLIPSHARP_ACCEPT=1.");
        Assert.Equal(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), help);
    }

    [Fact]
    public void Every_command_that_acts_shows_an_example()
    {
        var without = All(Program.Root())
            .Where(command => command is not RootCommand && command.Action is not null && CommandExamples.Of(command).Count == 0)
            .Select(HelpPage.PathOf);
        Assert.Empty(without);
    }

    [Fact]
    public void Every_command_and_option_is_described()
    {
        var commands = All(Program.Root()).ToList();
        var silent = commands.Where(command => string.IsNullOrEmpty(command.Description)).Select(HelpPage.PathOf)
            .Concat(commands.SelectMany(command => command.Options
                .Where(option => !option.Hidden && string.IsNullOrEmpty(option.Description))
                .Select(option => $"{HelpPage.PathOf(command)} {option.Name}")));
        Assert.Empty(silent);
    }

    [Fact]
    public void No_help_of_a_removed_command_stays()
    {
        var known = All(Program.Root()).Select(command => HelpPage.PathOf(command).Replace(' ', '-'));
        Assert.Empty(Directory.EnumerateFiles(Golden, "*.txt").Select(Path.GetFileNameWithoutExtension).Except(known));
    }

    private static async Task<string> Help(string path)
    {
        using var output = new StringWriter();
        string[] arguments = [.. path.Split(' ').Skip(1), "--help"];
        Assert.Equal(0, await CommandLine.Run(Program.Root(), arguments, output, TextWriter.Null));
        var lines = output.ToString().ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd());
        return string.Join('\n', lines).TrimEnd('\n') + "\n";
    }

    private static IEnumerable<Command> All(Command command) =>
        command.Hidden ? [] : command.Subcommands.SelectMany(All).Prepend(command);
}
