using Npgsql;

namespace ClipSharp.Search.Postgres.Queries;

/// <summary>The values of a statement while its text is put together: what came from outside is never in the text.</summary>
internal sealed class SqlValues
{
    private readonly List<NpgsqlParameter> _values = [];

    /// <summary>All of them, in the order of their numbers.</summary>
    public NpgsqlParameter[] All => [.. _values];

    /// <summary>Adds one.</summary>
    /// <returns>What stands for it, such as <c>$3</c>.</returns>
    public string Add<T>(T value)
    {
        _values.Add(SqlCommands.Value(value));
        return string.Create(null, $"${_values.Count}");
    }
}
