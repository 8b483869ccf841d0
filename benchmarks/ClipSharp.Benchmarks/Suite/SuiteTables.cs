using System.Globalization;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>Figures as text: on the console and in the documents, by the same rules of rounding.</summary>
internal static class SuiteTables
{
    /// <summary>The name of the table of machine and versions.</summary>
    public const string Machine = "machine";

    /// <summary>A row on the console.</summary>
    public static string Line(SuiteRow row) => $"{row.Part,-10} {row.What,-58} {row.Ours,-16} {Number(row.Value),8} {row.Unit,-10}"
        + (row.Rival is null ? "" : $" {row.Rival,-24} {Number(row.RivalValue),8}  {Ratio(row)}")
        + (row.Share is null ? "" : $"  {Share(row)}");

    /// <summary>A table in Markdown.</summary>
    /// <param name="report">The run.</param>
    /// <param name="name">"machine" or a part; null is returned for another one, or where the run left it out.</param>
    public static string? Markdown(SuiteReport report, string name)
    {
        if (name == Machine)
        {
            return Table("| | |\n|---|---|", report.Head.Select(entry => $"| {entry.Key.Replace('_', ' ')} | {entry.Value} |"));
        }

        var rows = report.Rows.Where(row => row.Part == name).ToList();
        return rows.Count == 0 ? null
            : rows.TrueForAll(row => row.Rival is null && row.Share is null)
                ? Table("| what | by | |\n|---|---|---|", rows.Select(row =>
                    $"| {row.What} | {row.Ours} | {Number(row.Value)} {row.Unit} |"))
                : Table("| what | ClipSharp | beside | times as fast (least to most) | of the floor |\n|---|---|---|---|---|",
                    rows.Select(row => $"| {row.What} | {row.Ours}: {Number(row.Value)} {row.Unit} | "
                        + $"{(row.Rival is null ? "" : $"{row.Rival}: {Number(row.RivalValue)} {row.Unit}")} | {Ratio(row)} | {Share(row)} |"));
    }

    private static string Table(string head, IEnumerable<string> rows) => $"{head}\n{string.Join('\n', rows)}";

    // Three digits that count.
    private static string Number(double? value) => value is not { } number ? ""
        : number.ToString(number < 10 ? "0.00" : number < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    private static string Ratio(SuiteRow row) => row.Ratio is not { } ratio ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{ratio.Median:0.00} ({ratio.Least:0.00} to {ratio.Most:0.00})");

    private static string Share(SuiteRow row) => row.Share is not { } share ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0} % of {row.Floor}");
}
