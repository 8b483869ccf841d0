using System.CommandLine;
using ClipSharp.Cli.Rendering;

namespace ClipSharp.Cli.Tests;

public sealed class CommandLineTests
{
    private static readonly Option<int> Count = new("--count") { Description = "How many." };

    [Fact]
    public async Task A_refusal_is_one_line_and_its_kind_is_the_exit_code()
    {
        var refusal = new ClipException(ClipError.Data, "The header is cut", "a.safetensors, byte 8", "3 bytes.", "20",
            "Copy it again.");
        var (code, output, error) = await Run(_ => throw refusal, "act");
        Assert.Equal(65, code);
        Assert.Equal("", output);
        Assert.Equal("error: The header is cut (a.safetensors, byte 8): found 3 bytes, expected 20. Copy it again.\n", error);
    }

    [Theory]
    [InlineData(typeof(IOException), 74)]
    [InlineData(typeof(EndOfStreamException), 74)]
    [InlineData(typeof(FileNotFoundException), 66)]
    [InlineData(typeof(DirectoryNotFoundException), 66)]
    [InlineData(typeof(UnauthorizedAccessException), 77)]
    [InlineData(typeof(InvalidOperationException), 70)]
    [InlineData(typeof(ArgumentException), 70)]
    public async Task What_the_system_throws_has_a_code_of_sysexits(Type type, int expected)
    {
        var (code, _, error) = await Run(_ => throw (Exception)Activator.CreateInstance(type)!, "act");
        Assert.Equal(expected, code);
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.Equal(error.Length - 1, error.IndexOf('\n'));
    }

    [Fact]
    public async Task What_a_thread_or_a_task_wrapped_is_unwrapped()
    {
        var refusal = new ClipException(ClipError.NoInput, "No such model", "m", "nothing", "a folder", "Look at the path.");
        var (code, _, _) = await Run(_ => throw new AggregateException(new AggregateException(refusal)), "act");
        Assert.Equal(66, code);
    }

    [Fact]
    public async Task A_message_of_several_lines_becomes_one()
    {
        var (_, _, error) = await Run(_ => throw new IOException("first\nsecond\r\nthird"), "act");
        Assert.Equal("error: first second third\n", error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_stack_trace_shows_only_with_debug(bool debug)
    {
        string[] arguments = debug ? ["act", "--debug"] : ["act"];
        var (code, _, error) = await Run(_ => throw new InvalidOperationException("broken"), arguments);
        Assert.Equal(70, code);
        Assert.Equal(debug, error.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cancelled_command_says_nothing()
    {
        Assert.Equal((130, "", ""), await Run(_ => throw new OperationCanceledException(), "act"));
    }

    [Theory]
    [InlineData("acct", "error: unknown command acct. Did you mean act?\nhint: clipsharp --help\n")]
    [InlineData("xylophone", "error: unknown command xylophone.\nhint: clipsharp --help\n")]
    [InlineData("act --conut 3", "error: unknown option --conut. Did you mean --count?\nhint: clipsharp act --help\n")]
    [InlineData("act --conut=3", "error: unknown option --conut. Did you mean --count?\nhint: clipsharp act --help\n")]
    [InlineData("act --debgu", "error: unknown option --debgu. Did you mean --debug?\nhint: clipsharp act --help\n")]
    [InlineData("act superfluous", "error: unknown argument superfluous.\nhint: clipsharp act --help\n")]
    [InlineData("act --count many",
        "error: Cannot parse argument 'many' for option '--count' as a whole number.\nhint: clipsharp act --help\n")]
    [InlineData("act --count", "error: Required argument missing for option: '--count'.\nhint: clipsharp act --help\n")]
    public async Task A_wrong_command_line_names_the_nearest_and_the_help(string arguments, string expected)
    {
        var (code, output, error) = await Run(_ => 0, arguments.Split(' '));
        Assert.Equal((64, "", expected), (code, output, error));
    }

    [Fact]
    public async Task A_group_without_a_command_lists_what_it_has()
    {
        var group = new Command("group", "A group.") { new Command("one", "One."), new Command("two", "Two.") };
        Assert.Equal((64, "", "error: a command is missing: one, two.\nhint: clipsharp group --help\n"),
            await Run(group, "group"));
    }

    [Fact]
    public async Task An_argument_that_begins_with_an_at_sign_is_itself()
    {
        var given = "";
        var label = new Argument<string>("label");
        var command = new Command("say", "Says a label.") { label };
        command.SetAction(parsed => given = parsed.GetValue(label)!);
        await Run(command, "say", "@home");
        Assert.Equal("@home", given);
    }

    [Fact]
    public async Task Without_arguments_the_help_comes()
    {
        var (code, output, error) = await Run(_ => 0);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("A group:\n  act  Acts.\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_help_of_a_command_ends_with_its_examples()
    {
        var (code, output, _) = await Run(_ => 0, "act", "--help");
        Assert.Equal(0, code);
        Assert.EndsWith("Example:\n  clipsharp act --count 3\n", output, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Output, string Error)> Run(Func<ParseResult, int> act, params string[] arguments)
    {
        var command = new Command("act", "Acts.") { Count };
        command.SetAction(act);
        return Run(command.WithExample("clipsharp act --count 3"), arguments);
    }

    private static async Task<(int Code, string Output, string Error)> Run(Command command, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.Run(new CommandTree("A test.", [new("A group", [command])]), arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
