using System.Text;
using ClipSharp.Search.Queries;
using Npgsql;

namespace ClipSharp.Search.Postgres.Queries;

/// <summary><see cref="PictureFilter"/> as a condition of SQL.</summary>
internal static class FilterSql
{
    /// <summary>All filters as one condition.</summary>
    /// <param name="filters">What a picture must fit; null = nothing.</param>
    /// <param name="values">Takes their values.</param>
    /// <param name="connection">To the server that is asked.</param>
    public static string Of(IReadOnlyList<PictureFilter>? filters, SqlValues values, NpgsqlConnection connection) =>
        filters is null or [] ? "true"
            : string.Join(" and ", filters.Select(filter => (filter.IsNegated ? "not " : "") + Of(filter, values, connection)));

    private static string Of(PictureFilter filter, SqlValues values, NpgsqlConnection connection)
    {
        var column = ColumnOf(filter.Column);
        if (filter.Range is var (least, below))
        {
            return $"({column} >= {values.Add(least)} and {column} < {values.Add(below)})";
        }

        var folded = Database.Folded($"coalesce({column}, '')", connection);
        return filter.Pattern is { } pattern
            ? $"({folded} like {values.Add(Like(pattern).ToUpperInvariant())})"
            : $"(strpos({folded}, {values.Add(filter.Part!.ToUpperInvariant())}) > 0)";
    }

    private static string ColumnOf(PictureColumn column) => column switch
    {
        PictureColumn.Path => "place",
        PictureColumn.Folder => "folder",
        PictureColumn.Name => "file",
        PictureColumn.Key => "key",
        PictureColumn.Caption => "caption",
        PictureColumn.Source => "source",
        PictureColumn.Size => "bytes",
        PictureColumn.Date => "modified_ticks",
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, "no column"),
    };

    // * and ? as % and _; a backslash takes the next character as it is, in both.
    private static string Like(string pattern)
    {
        var like = new StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            var isLiteral = pattern[i] == '\\' && i + 1 < pattern.Length;
            var c = pattern[isLiteral ? ++i : i];
            like.Append((c, isLiteral) switch
            {
                ('*', false) => "%",
                ('?', false) => "_",
                ('%' or '_' or '\\', _) => $"\\{c}",
                _ => $"{c}",
            });
        }

        return like.ToString();
    }
}
