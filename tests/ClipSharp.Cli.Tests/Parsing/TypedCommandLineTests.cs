using System.CommandLine;
using System.CommandLine.Help;
using ClipSharp.Cli.Rendering;

namespace ClipSharp.Cli.Tests.Parsing;

/// <summary>Each rule is asked of every command and every option that there is.</summary>
public sealed class TypedCommandLineTests
{
    private static readonly IReadOnlyList<Command> Commands =
        [.. All(Program.Root()).Where(command => command.Subcommands.Count == 0)];

    public static TheoryData<string> Acting => [.. Commands.Select(HelpPage.PathOf)];

    public static TheoryData<string, string> OneValued =>
        [.. Options(option => option is not HelpOption && !option.ValueType.IsArray)];

    public static TheoryData<string, string> Lists => [.. Options(option => option.ValueType.IsArray)];

    [Theory]
    [MemberData(nameof(OneValued))]
    public async Task An_option_of_one_value_that_is_given_twice_is_refused_by_name(string command, string option)
    {
        var (code, error) = await Run(command, option, "1", option, "2");
        Assert.Equal(64, code);
        Assert.Equal($"error: {option} was given twice; it takes one value.\nhint: {command} --help\n", error);
    }

    [Theory]
    [MemberData(nameof(Acting))]
    public async Task An_unknown_option_is_no_picture_and_no_text(string command)
    {
        var (code, error) = await Run(command, "--xylophone", "x");
        Assert.Equal(64, code);
        Assert.StartsWith("error: unknown option --xylophone.", error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_list_swallows_no_option(string command, string option)
    {
        var (code, error) = await Run(command, option, "a.png", "--debgu", "b.png", "-z");
        Assert.Equal(64, code);
        Assert.Equal("error: unknown option --debgu. Did you mean --debug? unknown option -z. A value that begins with a dash is written --option=-z.\n"
            + $"hint: {command} --help\n", error);
    }

    [Theory]
    [InlineData("tokenize --vocab none --jsn x", "error: unknown option --jsn. Did you mean --json?")]
    [InlineData("preprocess p.png --sise 64 -o d", "error: unknown option --sise. Did you mean --size?")]
    [InlineData("embed --outt v", "error: unknown option --outt. Did you mean --output?")]
    [InlineData("zeroshot -i a.png --label x", "error: unknown option --label. Did you mean --labels?")]
    [InlineData("convert --image-size 16 none d --to openai", "error: The model does not exist (none)")]
    [InlineData("convert --image-size 16 24 none d --to openai", "error: The model does not exist (none)")]
    [InlineData("convert none d --to openai --image-size 16x24", "error: The model does not exist (none)")]
    [InlineData("convert none d --to openai --image-size 16 24 32", "error: unknown argument 32.")]
    [InlineData("convert --image-size 16 none 5 6 --to openai", "error: unknown argument 6.")]
    [InlineData("convert --image-size none 16 d --to openai", "error: --image-size takes a whole number, or two, height and width, not none.")]
    [InlineData("preprocess 1 2 --size 16 0 -o d", "error: --size is 1 to 4096.")]
    [InlineData("preprocess 1 2 --size 16x24x32 -o d", "error: --size takes a whole number, or two, height and width, not 16x24x32.")]
    [InlineData("tokenize --vocab none -- --jsn", "error: The vocabulary does not exist (none)")]
    [InlineData("tokenize --vocab none -5 \"--a b\"", "error: The vocabulary does not exist (none)")]
    [InlineData("eval -m x --data y --task foo", "error: --task is auto, zeroshot_classification, ")]
    [InlineData("zeroshot -i a -m b --labels c --precision amp32",
        "error: --precision is auto, fp32, bf16, fp16 or pure_bf16, not amp32.\nhint: ")]
    [InlineData("tokenizer train --captions none.txt --vocab-size 600 -o v",
        "error: The file of texts cannot be read (none.txt): found nothing there, expected one text a line. Check the path.\n")]
    [InlineData("report none -o r.html",
        "error: The run has no curves (none/metrics.jsonl): found nothing there, expected a metrics.jsonl that can be read.")]
    [InlineData("help nowhere", "error: unknown command nowhere.")]
    [InlineData("trian --help", "error: unknown command trian. Did you mean train?")]
    public async Task What_is_wrong_is_what_is_said(string line, string expected)
    {
        var (_, error) = await Run("clipsharp " + line);
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("help", "Usage:\n  clipsharp <command>")]
    [InlineData("help train", "Usage:\n  clipsharp train")]
    [InlineData("help data inspect", "Usage:\n  clipsharp data inspect")]
    [InlineData("train --help", "Usage:\n  clipsharp train")]
    public async Task Help_is_asked_for_in_words_too(string line, string expected) =>
        Assert.Contains(expected, await Print(line), StringComparison.Ordinal);

    [Fact]
    public async Task The_version_is_asked_for_in_three_ways()
    {
        var version = await Print("--version");
        Assert.Matches(@"^\d+\.\d+\.\d+", version);
        Assert.Equal(version, await Print("version"));
        Assert.Equal(version, await Print("-v"));
    }

    [Fact]
    public void Rules_between_options_are_asked_after_parsing() =>
        Assert.DoesNotContain(Commands, command => command.Validators.Count > 0);

    [Fact]
    public void The_output_has_one_name()
    {
        var options = Commands.SelectMany(command => command.Options).ToList();
        Assert.DoesNotContain(options,
            option => option.Name.StartsWith("--out", StringComparison.Ordinal) && option.Name != "--output");
        Assert.All(options.Where(option => option.Name == "--output"), option => Assert.Equal(["-o"], option.Aliases));
    }

    private static IEnumerable<TheoryDataRow<string, string>> Options(Func<Option, bool> isAsked) =>
        from command in Commands
        from option in command.Options
        where isAsked(option)
        select new TheoryDataRow<string, string>(HelpPage.PathOf(command), option.Name);

    private static async Task<string> Print(string line)
    {
        using var output = new StringWriter { NewLine = "\n" };
        Assert.Equal(0, await CommandLine.Run(Program.Root(), line.Split(' '), output, TextWriter.Null));
        return output.ToString().ReplaceLineEndings("\n");
    }

    private static async Task<(int Code, string Error)> Run(string command, params string[] arguments)
    {
        using var error = new StringWriter { NewLine = "\n" };
        var words = command.Split('"')
            .SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var code = await CommandLine.Run(Program.Root(), [.. words.Skip(1), .. arguments], TextWriter.Null, error);
        return (code, error.ToString());
    }

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
