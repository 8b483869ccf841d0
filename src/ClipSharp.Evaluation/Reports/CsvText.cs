using System.Globalization;
using System.Text;

namespace ClipSharp.Evaluation.Reports;

/// <summary>Rows by RFC 4180, harmless in a spreadsheet.</summary>
internal static class CsvText
{
    /// <summary>A number that reads back the same; nothing where there is none.</summary>
    public static string Number(double? value) =>
        value is { } number && double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "";

    /// <summary>A text that a spreadsheet would take for a formula has an apostrophe before it.</summary>
    public static string Harmless(string text) => text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? "'" + text : text;

    /// <summary>Adds a row, quoted where need be.</summary>
    public static void AppendRow(StringBuilder text, IEnumerable<string> fields) => text.AppendJoin(',', fields.Select(field =>
            field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""))
        .Append("\r\n");
}
