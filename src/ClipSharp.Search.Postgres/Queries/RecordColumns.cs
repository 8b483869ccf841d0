using System.Linq.Expressions;
using ClipSharp.Search.Collections;

namespace ClipSharp.Search.Postgres.Queries;

/// <summary>A column behind a property of <see cref="PictureRecord"/>.</summary>
/// <param name="Sql">Its name.</param>
/// <param name="IsText">Whether it holds text.</param>
/// <param name="MayBeNull">Whether it may be null.</param>
internal sealed record RecordColumn(string Sql, bool IsText, bool MayBeNull = false);

/// <summary>Which property of <see cref="PictureRecord"/> is which column.</summary>
internal static class RecordColumns
{
    private static readonly Dictionary<string, RecordColumn> Columns = new()
    {
        [nameof(PictureRecord.Name)] = new("name", IsText: true),
        [nameof(PictureRecord.Caption)] = new("caption", IsText: true, MayBeNull: true),
        [nameof(PictureRecord.Source)] = new("source", IsText: true),
        [nameof(PictureRecord.Length)] = new("bytes", IsText: false),
        [nameof(PictureRecord.Modified)] = new("modified_ticks", IsText: false),
    };

    /// <summary>The column that an expression names, whatever it is converted to; or null.</summary>
    public static RecordColumn? Of(Expression expression) => Bare(expression) is MemberExpression
    {
        Expression: ParameterExpression, Member.Name: var name,
    }
        ? Columns.GetValueOrDefault(name) : null;

    /// <summary>An order as SQL: of text the ordinal one, nothing before everything, as .NET has it.</summary>
    /// <exception cref="NotSupportedException">It is not by one property.</exception>
    public static string Order(LambdaExpression selector, bool isAscending) => Of(selector.Body) is { } column
        ? column.Sql + (column.IsText ? " collate \"C\"" : "") + (isAscending ? " asc nulls first" : " desc nulls last")
        : throw new NotSupportedException($"The database cannot order by {selector.Body}: name a property of the record.");

    /// <summary>An expression without the conversions round it.</summary>
    public static Expression Bare(Expression expression)
    {
        while (expression is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert)
        {
            expression = convert.Operand;
        }

        return expression;
    }
}
