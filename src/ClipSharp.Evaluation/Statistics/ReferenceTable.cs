using System.Globalization;
using ClipSharp.Data.Sources.Tables;
using ClipSharp.Files;

namespace ClipSharp.Evaluation.Statistics;

/// <summary>Reference models from a table: a head line and a model a line, between commas, tabs or semicolons. Columns are
/// <c>model</c>, <c>accuracy_in</c> and <c>accuracy_shift</c>, in any order, others are passed over. Accuracies are shares where
/// all are at most 1 and per cent where all are above (or 0); where that leaves it open, as a share of 0.9 per cent does, the
/// columns are called <c>accuracy_in_percent</c> and <c>accuracy_shift_percent</c>, or <c>..._share</c>.</summary>
public static class ReferenceTable
{
    private const string Head = "columns model, accuracy_in, accuracy_shift";

    private static readonly char[] Separators = [',', '\t', ';'];

    /// <summary>Reads a table.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <exception cref="ClipException">It cannot be read, or a line is not a model with two accuracies.</exception>
    public static IReadOnlyList<ReferenceModel> Read(string path)
    {
        var lines = TextLines.ReadWithBlanks(path);
        var separator = Separators.MaxBy(character => lines[0].Count(c => c == character));
        var reader = new CsvReader(new StringReader(string.Join('\n', lines)), separator);
        reader.TryRead(out var head);
        var columns = head.Select(column => column.Trim().ToLowerInvariant()).ToList();
        var (name, accuracyIn, accuracyShift) = (columns.IndexOf("model"), Column("accuracy_in"), Column("accuracy_shift"));
        if (name < 0 || accuracyIn.Place < 0 || accuracyShift.Place < 0)
        {
            throw new ClipException(ClipError.Data, "The head of the table of models does not fit", $"{path}, line 1",
                string.Join(" | ", head), Head, "Name the columns so.");
        }

        var models = new List<(ReferenceModel Model, long Line)>();
        while (reader.TryRead(out var fields))
        {
            models.Add((new ReferenceModel(Field(name).Trim(), Number(accuracyIn.Place), Number(accuracyShift.Place)),
                reader.LineNumber));

            string Field(int place) => place < fields.Length ? fields[place] : throw Bad(reader.LineNumber,
                string.Create(CultureInfo.InvariantCulture, $"{fields.Length} fields"), $"{head.Length}");

            double Number(int place) => double.TryParse(Field(place), NumberStyles.Float, CultureInfo.InvariantCulture,
                out var number) && number is >= 0 and <= 100 ? number : throw Bad(reader.LineNumber, Field(place), "0 to 100");
        }

        var (scaleIn, scaleShift) = (Scale(accuracyIn.IsPercent), Scale(accuracyShift.IsPercent));
        return [.. models.Select(row => Scaled(row.Model, row.Line))];

        (int Place, bool? IsPercent) Column(string called) =>
            columns.IndexOf(called) is >= 0 and var plain ? (plain, null)
            : columns.IndexOf(called + "_percent") is >= 0 and var percent ? (percent, true)
            : (columns.IndexOf(called + "_share"), false);

        // Where the head is silent both columns are taken together: a table has one or the other.
        double Scale(bool? isPercent)
        {
            var all = models.SelectMany(row => new[] { row.Model.AccuracyIn, row.Model.AccuracyShift }).ToList();
            return (isPercent, all.Exists(x => x is > 0 and <= 1), all.Exists(x => x > 1)) switch
            {
                (null, true, true) => throw new ClipException(ClipError.Data,
                    "The accuracies may be shares or per cent", path, "numbers up to 1 and above", "one kind",
                    "Call the columns accuracy_in_percent and accuracy_shift_percent, or ..._share."),
                (true, _, _) or (null, _, true) => 100,
                _ => 1,
            };
        }

        ReferenceModel Scaled(ReferenceModel model, long line)
        {
            var scaled = model with { AccuracyIn = model.AccuracyIn / scaleIn, AccuracyShift = model.AccuracyShift / scaleShift };
            return scaled is { AccuracyIn: <= 1, AccuracyShift: <= 1 } ? scaled
                : throw Bad(line, string.Create(CultureInfo.InvariantCulture, $"{model.AccuracyIn}, {model.AccuracyShift}"),
                    "shares, as the head says");
        }

        ClipException Bad(long line, string found, string expected) => new(ClipError.Data,
            "A line of the table of models does not fit",
            string.Create(CultureInfo.InvariantCulture, $"{path}, line {line}"), found, expected, "Mend the line.");
    }
}
