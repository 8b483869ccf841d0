namespace ClipSharp.Search.Postgres;

/// <summary>The tables of a store, quoted for SQL: the pictures, and beside them what their vectors depend on, what could not be
/// decoded, and what the last update left out.</summary>
internal sealed class TableNames
{
    private readonly string? _schema;
    private readonly string _name;

    /// <param name="table">A name, or a schema and a name with a point between them.</param>
    public TableNames(string table)
    {
        var parts = table.Split('.', 2);
        (_schema, _name) = parts.Length == 2 ? (parts[0], parts[1]) : (null, parts[0]);
    }

    /// <summary>The name without a schema.</summary>
    public string Name => _name;

    /// <summary>A row a picture.</summary>
    public string Pictures => Quoted("");

    /// <summary>One row: the model.</summary>
    public string Model => Quoted("_model");

    /// <summary>Pictures that could not be decoded: they are not tried again until they change.</summary>
    public string Tried => Quoted("_tried");

    /// <summary>What the last update left out, and why.</summary>
    public string LeftOut => Quoted("_left_out");

    /// <summary>The name of the graph over the vectors, not quoted.</summary>
    public string GraphName => _name + "_hnsw";

    /// <summary>The graph; an index lies in its table's schema.</summary>
    public string Graph => Quote(GraphName);

    /// <summary>The name of another index.</summary>
    public string Index(string ending) => Quote($"{_name}_{ending}");

    private string Quoted(string ending) => (_schema is null ? "" : Quote(_schema) + ".") + Quote(_name + ending);

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
