using System.Collections;
using System.Globalization;
using System.Linq.Expressions;
using ClipSharp.Search.Collections;
using Npgsql;

namespace ClipSharp.Search.Postgres.Queries;

/// <summary>A filter of Microsoft.Extensions.VectorData as a condition of SQL, which is true or false and never null. What SQL
/// has no like of is refused: nothing is ever fetched to be sorted out here.</summary>
internal sealed class ExpressionSql
{
    private readonly Expression<Func<PictureRecord, bool>> _filter;
    private readonly SqlValues _values;
    private readonly NpgsqlConnection _connection;

    private ExpressionSql(Expression<Func<PictureRecord, bool>> filter, SqlValues values, NpgsqlConnection connection) =>
        (_filter, _values, _connection) = (filter, values, connection);

    /// <summary>Translates a filter.</summary>
    /// <param name="filter">Null = every record.</param>
    /// <param name="values">Takes its values.</param>
    /// <param name="connection">To the server that is asked.</param>
    /// <exception cref="NotSupportedException">A part cannot be translated: it is named.</exception>
    public static string Of(Expression<Func<PictureRecord, bool>>? filter, SqlValues values, NpgsqlConnection connection) =>
        filter is null ? "true" : new ExpressionSql(filter, values, connection).Condition(filter.Body);

    private string Condition(Expression expression)
    {
        if (!NamesRecord(expression))
        {
            return ValueOf(expression) is true ? "true" : "false";
        }

        return expression switch
        {
            UnaryExpression { NodeType: ExpressionType.Not } not => $"(not {Condition(not.Operand)})",
            BinaryExpression { NodeType: ExpressionType.AndAlso or ExpressionType.And } both =>
                $"({Condition(both.Left)} and {Condition(both.Right)})",
            BinaryExpression { NodeType: ExpressionType.OrElse or ExpressionType.Or } either =>
                $"({Condition(either.Left)} or {Condition(either.Right)})",
            BinaryExpression compared => Comparison(compared),
            MethodCallExpression call => Call(call),
            _ => throw Refusal(expression),
        };
    }

    private string Comparison(BinaryExpression compared)
    {
        var (left, right) = (RecordColumns.Of(compared.Left), RecordColumns.Of(compared.Right));
        if (left is not null && right is not null && left.IsText == right.IsText)
        {
            return $"({left.Sql} {SignOf(compared.NodeType, compared)} {right.Sql})";
        }

        return left is not null && !NamesRecord(compared.Right) ? Comparison(left, compared.NodeType, compared.Right, compared)
            : right is not null && !NamesRecord(compared.Left)
                ? Comparison(right, Mirrored(compared.NodeType), compared.Left, compared)
            : throw Refusal(compared);
    }

    private string Comparison(RecordColumn column, ExpressionType sign, Expression other, BinaryExpression whole)
    {
        var value = ValueOf(other);
        return (value, sign) switch
        {
            (null, ExpressionType.Equal) => $"({column.Sql} is null)",
            (null, ExpressionType.NotEqual) => $"({column.Sql} is not null)",
            (null, _) => "false", // as .NET compares with nothing
            (_, ExpressionType.Equal) when !column.MayBeNull => $"({column.Sql} = {Parameter(value, whole)})",
            (_, ExpressionType.Equal) => $"({column.Sql} is not null and {column.Sql} = {Parameter(value, whole)})",
            _ => $"({column.Sql} {SignOf(sign, whole)} {Parameter(value, whole)})",
        };
    }

    private string Call(MethodCallExpression call)
    {
        var (name, arguments) = (call.Method.Name, call.Arguments);
        if (call.Method.DeclaringType == typeof(string))
        {
            return (name, call.Object, arguments.Count) switch
            {
                (nameof(string.IsNullOrEmpty), null, 1) when TextColumn(arguments[0]) is { } column =>
                    $"(coalesce({column.Sql}, '') = '')",
                (nameof(string.Equals), null, 2 or 3) =>
                    TextTest(call, arguments[0], arguments[1], arguments.ElementAtOrDefault(2)),
                (nameof(string.Equals) or nameof(string.Contains) or nameof(string.StartsWith) or nameof(string.EndsWith),
                    { } of, 1 or 2) => TextTest(call, of, arguments[0], arguments.ElementAtOrDefault(1)),
                _ => throw Refusal(call),
            };
        }

        // list.Contains(record.Name), as the language binds it to a list, to Enumerable or to a span.
        var (list, item) = (call.Object, arguments.Count) switch
        {
            ({ } of, 1) => (of, arguments[0]),
            (null, 2) => (arguments[0], arguments[1]),
            _ => (null, null),
        };
        return name == nameof(Enumerable.Contains) && list is not null && RecordColumns.Of(item!) is { } found
            && !NamesRecord(list) && ValueOf(Listed(list)) is IEnumerable members and not string
            ? Membership(found, members, call) : throw Refusal(call);
    }

    private string TextTest(MethodCallExpression call, Expression subject, Expression value, Expression? comparison)
    {
        var name = call.Method.Name;
        if (name == nameof(string.Equals) && !NamesRecord(subject))
        {
            (subject, value) = (value, subject);
        }

        if (TextColumn(subject) is not { } column || NamesRecord(value)
            || (comparison is null ? StringComparison.Ordinal : ValueOf(comparison)) is not StringComparison kind
            || kind is not (StringComparison.Ordinal or StringComparison.OrdinalIgnoreCase))
        {
            throw Refusal(call);
        }

        var ignoresCase = kind == StringComparison.OrdinalIgnoreCase;
        var text = ValueOf(value) switch
        {
            string words => words,
            char letter => $"{letter}",
            null when name == nameof(string.Equals) => null,
            _ => throw Refusal(call),
        };
        if (text is null)
        {
            return $"({column.Sql} is null)";
        }

        var sql = ignoresCase ? Database.Folded(column.Sql, _connection) : column.Sql;
        var sought = _values.Add(ignoresCase ? text.ToUpperInvariant() : text);
        return name switch
        {
            nameof(string.Equals) => $"coalesce({sql} = {sought}, false)",
            nameof(string.Contains) => $"coalesce(strpos({sql}, {sought}) > 0, false)",
            nameof(string.StartsWith) => $"coalesce(starts_with({sql}, {sought}), false)",
            _ => $"coalesce(right({sql}, length({sought})) = {sought}, false)",
        };
    }

    private string Membership(RecordColumn column, IEnumerable members, MethodCallExpression call)
    {
        var all = members.Cast<object?>().ToList();
        var some = all.OfType<object>().Select(member => Stored(member, call)).ToList();
        var isOne = column.IsText ? $"{column.Sql} = any({_values.Add(some.Cast<string>().ToArray())})"
            : $"{column.Sql} = any({_values.Add(some.Cast<long>().ToArray())})";
        return some.Count < all.Count ? $"({column.Sql} is null or {isOne})" : $"coalesce({isOne}, false)";
    }

    private string Parameter(object? value, Expression whole) =>
        Stored(value!, whole) is long number ? _values.Add(number) : _values.Add((string)Stored(value!, whole));

    private static object Stored(object value, Expression whole) => value switch
    {
        string text => text,
        DateTime time => time.Ticks, // .NET compares ticks, of whatever kind
        sbyte or byte or short or ushort or int or uint or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        _ => throw Refusal(whole),
    };

    private static RecordColumn? TextColumn(Expression expression) =>
        RecordColumns.Of(expression) is { IsText: true } column ? column : null;

    // An array that is seen as a span.
    private static Expression Listed(Expression list) => RecordColumns.Bare(list) is MethodCallExpression
    {
        Method.Name: "op_Implicit", Arguments: [var array],
    }
        ? array : RecordColumns.Bare(list);

    private static ExpressionType Mirrored(ExpressionType sign) => sign switch
    {
        ExpressionType.LessThan => ExpressionType.GreaterThan,
        ExpressionType.LessThanOrEqual => ExpressionType.GreaterThanOrEqual,
        ExpressionType.GreaterThan => ExpressionType.LessThan,
        ExpressionType.GreaterThanOrEqual => ExpressionType.LessThanOrEqual,
        _ => sign,
    };

    private static string SignOf(ExpressionType sign, Expression whole) => sign switch
    {
        ExpressionType.Equal => "is not distinct from",
        ExpressionType.NotEqual => "is distinct from",
        ExpressionType.LessThan => "<",
        ExpressionType.LessThanOrEqual => "<=",
        ExpressionType.GreaterThan => ">",
        ExpressionType.GreaterThanOrEqual => ">=",
        _ => throw Refusal(whole),
    };

    private static object? ValueOf(Expression expression) =>
        expression is ConstantExpression constant ? constant.Value
            : Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object)))
                .Compile(preferInterpretation: true)();

    private bool NamesRecord(Expression expression)
    {
        var finder = new RecordFinder(_filter.Parameters[0]);
        finder.Visit(expression);
        return finder.IsFound;
    }

    private static NotSupportedException Refusal(Expression expression) => new(
        $"The database cannot be asked for {expression}: use comparisons, &&, ||, !, Contains, StartsWith and EndsWith of the "
        + "record's own properties with values.");

    private sealed class RecordFinder(ParameterExpression record) : ExpressionVisitor
    {
        public bool IsFound { get; private set; }

        protected override Expression VisitParameter(ParameterExpression node)
        {
            IsFound |= node == record;
            return node;
        }
    }
}
