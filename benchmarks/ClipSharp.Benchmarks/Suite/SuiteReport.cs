using System.Text.Json;
using ClipSharp.Files;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>A run of the suite: where, when, what.</summary>
/// <param name="Head">Machine, versions and settings, by name.</param>
/// <param name="Rows">The figures.</param>
internal sealed record SuiteReport(IReadOnlyDictionary<string, string> Head, IReadOnlyList<SuiteRow> Rows)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    public static SuiteReport Read(string path) => JsonSerializer.Deserialize<SuiteReport>(File.ReadAllBytes(path), Json)
        ?? throw new InvalidDataException($"{path} holds no report.");

    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, Json) + "\n");
}
