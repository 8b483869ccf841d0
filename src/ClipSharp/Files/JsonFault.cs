using System.Text.Json;

namespace ClipSharp.Files;

/// <summary>What is wrong with a JSON text, in words for people: the reader's own name types of .NET.</summary>
internal static class JsonFault
{
    private const string Mismatch = "could not be converted to ";

    /// <summary>The fault, without the place, which the reader's message may repeat.</summary>
    public static string Describe(JsonException fault) =>
        Expected(fault) is { } kind ? $"a value that is not {kind}"
        : fault.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0].TrimEnd('.', ' ', '|');

    /// <summary>What should have stood there, where a value of another kind did; else null.</summary>
    public static string? Expected(JsonException fault)
    {
        // "The JSON value could not be converted to System.Nullable`1[System.Int64]. Path: $.lr | LineNumber: 0 | ..."
        var start = fault.Message.IndexOf(Mismatch, StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        var type = fault.Message[(start + Mismatch.Length)..].Split(". Path:")[0].TrimEnd('.');
        return type.Contains("List`1", StringComparison.Ordinal) || type.Contains("[]", StringComparison.Ordinal) ? "a list"
            : type.TrimEnd(']').Split('.')[^1] switch
            {
                "Int16" or "Int32" or "Int64" or "UInt32" or "UInt64" => "a whole number",
                "Single" or "Double" or "Decimal" => "a number",
                "Boolean" => "true or false",
                "String" => "a text",
                _ => "of the kind that is read here",
            };
    }
}
