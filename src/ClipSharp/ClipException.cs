namespace ClipSharp;

/// <summary>Every refusal, in one line: what, where, found, expected, what to do.</summary>
/// <param name="kind">Decides the exit code.</param>
/// <param name="what">What is wrong.</param>
/// <param name="where">Path (with byte offset in a file), flag or member.</param>
/// <param name="found">What was there; a last full stop, as in messages of the system, is left out.</param>
/// <param name="expected">What should have been there.</param>
/// <param name="remedy">What the user can do, a sentence.</param>
/// <param name="inner">The cause, shown with <c>--debug</c> only.</param>
public sealed class ClipException(
    ClipError kind, string what, string where, string found, string expected, string remedy, Exception? inner = null)
    : Exception(OneLine($"{what} ({where}): found {Words(found)}, expected {expected}. {remedy}"), inner)
{
    private const int MaxLength = 4000;

    /// <summary>The kind of refusal.</summary>
    public ClipError Kind => kind;

    /// <summary>Where it was met.</summary>
    public string Where => where;

    // A damaged file's words may hold line ends, terminal codes or megabytes.
    private static string OneLine(string text)
    {
        var cut = text.Length <= MaxLength ? text : text[..MaxLength] + "...";
        return cut.Any(char.IsControl) ? string.Concat(cut.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : $"{c}")) : cut;
    }

    // The system's sentences about a path that is named already, or of which a part still has another name.
    private static string Words(string found) =>
        found.StartsWith("Could not find file '", StringComparison.Ordinal)
            || found.StartsWith("Could not find a part of the path", StringComparison.Ordinal)
            ? "nothing there"
        : found.StartsWith("Access to the path '", StringComparison.Ordinal)
            && found.EndsWith("' is denied.", StringComparison.Ordinal) ? "no permission"
        : found.EndsWith('\'') && found.IndexOf(" : '/", StringComparison.Ordinal) is > 0 and var end ? found[..end]
        : found.EndsWith('.') && !found.EndsWith("..", StringComparison.Ordinal) ? found[..^1]
        : found;
}
