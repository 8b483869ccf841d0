using System.Text.Json;
using System.Text.RegularExpressions;

namespace ClipSharp.Files;

/// <summary>What is wrong with a JSON text, in words for people: the reader's own name types of .NET.</summary>
internal static partial class JsonFault
{
    /// <summary>The fault, without the place, which the reader's message may repeat.</summary>
    public static string Describe(JsonException fault) =>
        Expected(fault) is { } kind ? $"a value that is not {kind}"
        : fault.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0].TrimEnd('.', ' ', '|');

    /// <summary>What should have stood there, where a value of another kind did; else null.</summary>
    public static string? Expected(JsonException fault) =>
        WantedType().Match(fault.Message) is not { Success: true } match ? null : match.Groups[1].Value switch
        {
            "Int16" or "Int32" or "Int64" or "UInt32" or "UInt64" => "a whole number",
            "Single" or "Double" or "Decimal" => "a number",
            "Boolean" => "true or false",
            "String" => "a text",
            var list when list.Contains("[]", StringComparison.Ordinal) || list.Contains("List", StringComparison.Ordinal) => "a list",
            _ => "of the kind that is read here",
        };

    // "... could not be converted to System.Nullable`1[System.Int64]. Path: $.lr | LineNumber: 0 | ..."
    [GeneratedRegex(@"could not be converted to (?:System\.Nullable`1\[)?(?:[\w`]+\.)*([\w`\[\]<>,. ]+?)\]?(?:\. Path|\.$|$)")]
    private static partial Regex WantedType();
}
