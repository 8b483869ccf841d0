namespace ClipSharp.Cli.Rendering;

/// <summary>Decides about colour: only towards a terminal, and never when NO_COLOR is set (no-color.org).</summary>
internal static class Styled
{
    /// <summary>Whether a writer is a terminal: rewriting a line makes sense there.</summary>
    public static bool IsTerminal(TextWriter writer) =>
        (ReferenceEquals(writer, Console.Out) && !Console.IsOutputRedirected)
        || (ReferenceEquals(writer, Console.Error) && !Console.IsErrorRedirected);

    /// <summary>The columns of the terminal behind a writer; null where there is none, or it does not know (0, as in some
    /// containers).</summary>
    public static int? Width(TextWriter writer)
    {
        try
        {
            return IsTerminal(writer) && Console.WindowWidth > 0 ? Console.WindowWidth : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Whether a writer takes colours.</summary>
    public static bool HasColors(TextWriter writer) =>
        IsTerminal(writer)
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>"error: …", the word in red where colours are taken.</summary>
    public static string Error(TextWriter writer, string line) => Word(writer, "error:", "\e[31;1m") + " " + line;

    /// <summary>"hint: …", the word in cyan where colours are taken.</summary>
    public static string Hint(TextWriter writer, string line) => Word(writer, "hint:", "\e[36m") + " " + line;

    /// <summary>A stranger's text without what a terminal would take for a command: control characters but tab and line feed
    /// become U+FFFD.</summary>
    public static string Plain(string text) =>
        text.Any(IsCommand) ? string.Concat(text.Select(c => IsCommand(c) ? '\uFFFD' : c)) : text;

    private static bool IsCommand(char c) => char.IsControl(c) && c is not '\t' and not '\n';

    private static string Word(TextWriter writer, string word, string style) =>
        HasColors(writer) ? $"{style}{word}\e[0m" : word;
}
