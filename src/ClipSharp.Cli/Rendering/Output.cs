using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.Cli.Rendering.Terminal;
using ClipSharp.Images;

namespace ClipSharp.Cli.Rendering;

/// <summary>Where a command writes: results to stdout, notes and progress to stderr.</summary>
internal sealed class Output(TextWriter results, TextWriter notes)
{
    /// <summary>The output of a running command.</summary>
    public static Output Of(ParseResult parsed) =>
        new(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);

    /// <summary>Whether results go to a terminal: lines that come one after the other are progress enough there.</summary>
    public bool IsTerminal => Styled.IsTerminal(results);

    /// <summary>A line of results.</summary>
    public void Line(string text = "") => results.WriteLine(Styled.Plain(text));

    /// <summary>One JSON object on one line.</summary>
    public void Json<T>(T value, JsonTypeInfo<T> type) => results.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>Pictures, where results go to a terminal that shows them.</summary>
    /// <param name="how">What the user asked for.</param>
    /// <param name="thumbnails">Makes them, when they are shown.</param>
    public void Pictures(TerminalPictures how, Func<IReadOnlyList<RgbImage>> thumbnails)
    {
        var protocol = IsTerminal ? KnownTerminals.Of(how, Environment.GetEnvironmentVariable) : TerminalPictures.None;
        if (protocol != TerminalPictures.None)
        {
            PictureGrid.Write(results, thumbnails(), protocol, Styled.Width(results));
        }
    }

    /// <summary>A table; cells are plain text.</summary>
    /// <param name="columns">Heads.</param>
    /// <param name="rows">As many cells as columns.</param>
    /// <param name="links">For each row what its last cell leads to where a terminal takes links.</param>
    public void Table(IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<string>> rows, IReadOnlyList<Uri>? links = null) =>
        // A file gets the same table whatever the terminal it was made in, and long paths stay on one line for grep.
        ResultTable.Write(results, Styled.Width(results),
            [.. columns.Select(column => column with { Title = Styled.Plain(column.Title) })],
            [.. rows.Select(row => (IReadOnlyList<string>)[.. row.Select(Styled.Plain)])],
            Styled.HasColors(results) ? links : null);

    /// <summary>A remark beside the results, such as what was skipped and why.</summary>
    public void Note(string text) => notes.WriteLine(Styled.Plain(text));

    /// <summary>What went wrong with one of many inputs, while the work goes on.</summary>
    public void Error(string message) => notes.WriteLine(Styled.Error(notes, Styled.Plain(message)));

    /// <summary>What ended the command, in one line.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="debug">Also the stack trace.</param>
    /// <param name="who">Which of several processes says it.</param>
    /// <returns>The exit code.</returns>
    public int Failure(Exception failure, bool debug, string who) =>
        Rendering.Failure.Render(failure, debug, interruptCode: 130, notes, who);

    /// <summary>A line of progress in the caller's words on stderr; dispose it when the work is done.</summary>
    /// <param name="silence">How long nothing is shown at first.</param>
    public LiveLine Live(TimeSpan silence = default) =>
        new(notes, Styled.IsTerminal(notes), TimeProvider.System, silence: silence);

    /// <summary>Progress of long work on stderr; dispose it when the work is done.</summary>
    /// <param name="what">The verb: "Embedding".</param>
    /// <param name="unit">What is counted: "images".</param>
    /// <param name="total">How many there are, or null when nobody knows.</param>
    public ProgressLine Progress(string what, string unit, long? total) =>
        new(notes, Styled.IsTerminal(notes), TimeProvider.System, what, unit, total);
}
