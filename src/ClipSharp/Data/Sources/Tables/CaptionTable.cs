using ClipSharp.Data.Captions;

namespace ClipSharp.Data.Sources.Tables;

/// <summary>The captions of a table alone, whether its pictures are there or not.</summary>
internal static class CaptionTable
{
    /// <summary>The captions, row by row; rows that cannot be read are left out and told.</summary>
    /// <param name="path">The table.</param>
    /// <param name="options">Its columns, separator and quoting, and what a caption is.</param>
    /// <param name="tell">Gets remarks.</param>
    /// <exception cref="ClipException">It cannot be opened, or has no column of captions.</exception>
    public static IEnumerable<string> Read(string path, DataOptions options, Action<string> tell)
    {
        if (TableFile.Open(path, options, needsPictures: false) is not { } table)
        {
            yield break;
        }

        var reader = new CaptionReader(options);
        var (lost, first) = (0L, "");
        foreach (var row in table.Rows())
        {
            if (row.Fault is not null)
            {
                first = lost++ == 0 ? FormattableString.Invariant($"line {row.Line}: {row.Fault}") : first;
                continue;
            }

            foreach (var caption in reader.FromText(row.Fields[table.Head.Caption]))
            {
                yield return caption;
            }
        }

        foreach (var note in table.Notes)
        {
            tell($"{path}: {note}");
        }

        if (lost > 0)
        {
            tell(FormattableString.Invariant($"{path}: left out: {lost:N0} {(lost == 1 ? "row" : "rows")} that cannot be read, the first in {first}"));
        }
    }
}
