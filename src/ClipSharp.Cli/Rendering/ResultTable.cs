using Spectre.Console;
using Spectre.Console.Rendering;
using Cell = Spectre.Console.Text;

namespace ClipSharp.Cli.Rendering;

/// <summary>A column of a table.</summary>
/// <param name="Title">Its head.</param>
/// <param name="IsNumber">Numbers stand at the right.</param>
internal readonly record struct Column(string Title, bool IsNumber = false);

/// <summary>A table that loses nothing, whatever the width: as wide as it is where nobody limits it; else lines are broken
/// between words; where even that is too wide, a block of lines a row.</summary>
internal static class ResultTable
{
    private const int Gap = 3; // blanks between two cells
    private const int Unlimited = 1_000_000;

    /// <summary>Writes a table; cells are plain text.</summary>
    /// <param name="writer">Where.</param>
    /// <param name="width">Columns of the window; null or 0 where there is none, or nobody knows.</param>
    /// <param name="columns">Heads.</param>
    /// <param name="rows">As many cells as columns.</param>
    /// <param name="links">For each row what its last cell leads to, in a terminal that knows links (OSC 8); null without
    /// any.</param>
    public static void Write(TextWriter writer, int? width, IReadOnlyList<Column> columns,
        IReadOnlyList<IReadOnlyList<string>> rows, IReadOnlyList<Uri>? links = null)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = links is null ? AnsiSupport.No : AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = Unlimited;
        console.Profile.Capabilities.Links = links is not null;
        if (Widths(console, width is > 0 and { } known ? known : Unlimited, columns, rows) is not { } widths)
        {
            WriteBlocks(writer, columns, rows);
            return;
        }

        console.Write(Table(columns, rows, widths, links));
        foreach (var line in text.ToString().Trim('\r', '\n').Split('\n'))
        {
            writer.WriteLine(line.TrimEnd());
        }
    }

    private static Table Table(IReadOnlyList<Column> columns, IReadOnlyList<IReadOnlyList<string>> rows, int[] widths,
        IReadOnlyList<Uri>? links)
    {
        var table = new Table { Border = TableBorder.Simple, UseSafeBorder = true };
        foreach (var (column, width) in columns.Zip(widths))
        {
            table.AddColumn(new TableColumn(new Cell(column.Title))
            {
                Alignment = column.IsNumber ? Justify.Right : Justify.Left,
                Width = width,
            });
        }

        foreach (var (number, row) in rows.Index())
        {
            table.AddRow(row.Select((cell, i) => links is not null && i == row.Count - 1
                ? new Paragraph(cell, null, new Link(links[number].AbsoluteUri))
                : (IRenderable)new Cell(cell)));
        }

        return table;
    }

    // The widest give way first, down to their longest word; null where that is not enough.
    private static int[]? Widths(IAnsiConsole console, int width, IReadOnlyList<Column> columns,
        IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var options = RenderOptions.Create(console, console.Profile.Capabilities);
        var cells = columns.Select((column, i) => rows.Select(row => Measured(row[i])).Prepend(Measured(column.Title)).ToList())
            .ToList();
        int[] least = [.. cells.Select(column => column.Max(cell => cell.Min))];
        int[] widths = [.. cells.Select(column => column.Max(cell => cell.Max))];
        var left = width - (columns.Count * Gap) - 1;
        while (widths.Sum() > left)
        {
            if (Enumerable.Range(0, widths.Length).Where(i => widths[i] > least[i]).OrderByDescending(i => widths[i]).Take(1)
                .ToList() is not [var widest])
            {
                return null;
            }

            widths[widest]--;
        }

        return widths;

        Measurement Measured(string text) => ((IRenderable)new Cell(text)).Measure(options, Unlimited);
    }

    // The terminal breaks what is too long where it must; nothing is cut.
    private static void WriteBlocks(TextWriter writer, IReadOnlyList<Column> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        foreach (var row in rows)
        {
            writer.WriteLine();
            foreach (var (column, cell) in columns.Zip(row).Where(pair => pair.Second.Length > 0))
            {
                writer.WriteLine(column.Title.Length == 0 ? cell : $"  {column.Title}: {cell}");
            }
        }

        writer.WriteLine();
    }
}
