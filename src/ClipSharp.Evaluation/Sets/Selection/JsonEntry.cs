using System.Text.Json;
using ClipSharp.Files;

namespace ClipSharp.Evaluation.Sets.Selection;

/// <summary>An object of a selection file, and what is wrong with it.</summary>
/// <param name="Json">The object, or what stands in its place.</param>
/// <param name="Path">The file.</param>
/// <param name="Where">The entry or line.</param>
internal readonly record struct JsonEntry(JsonElement Json, string Path, string Where)
{
    /// <summary>Whether it is an object with all of these members.</summary>
    public bool Has(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Json.ValueKind != JsonValueKind.Object || !Json.TryGetProperty(name, out _))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A text that is not blank.</summary>
    /// <exception cref="ClipException">There is none.</exception>
    public string Text(string name) => TextOf(Member(name), name);

    /// <summary>Texts that are not blank, <paramref name="least"/> or more.</summary>
    /// <exception cref="ClipException">There are none.</exception>
    public string[] Texts(string name, int least)
    {
        var (member, entry) = (Member(name), this);
        return member.ValueKind == JsonValueKind.Array && member.GetArrayLength() >= least
            ? [.. member.EnumerateArray().Select(item => entry.TextOf(item, name))]
            : throw Bad($"{name} is {Found(member)}", $"a list of {least} texts or more");
    }

    /// <summary>A whole number in a range.</summary>
    /// <exception cref="ClipException">There is none.</exception>
    public int Number(string name, int low)
    {
        var member = Member(name);
        return member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out var number) && number >= low
            ? number
            : throw Bad($"{name} is {Found(member)}", $"a whole number from {low}");
    }

    /// <summary>What names the item: a text or a number; else its place.</summary>
    public string Id(string name, string other) => Json.TryGetProperty(name, out var id)
        && id.ValueKind is JsonValueKind.String or JsonValueKind.Number ? id.ToString() : other;

    /// <summary>A refusal that names the entry.</summary>
    public ClipException Bad(string found, string expected) => SelectionForms.Bad(Path, Where, found, expected);

    private JsonElement Member(string name) =>
        Json.ValueKind != JsonValueKind.Object ? throw Bad(Found(Json), "an object")
        : Json.TryGetProperty(name, out var member) ? member
        : throw Bad($"no {name}", $"an object with {name}");

    private string TextOf(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.String && PythonJson.Text(json) is { } text && !string.IsNullOrWhiteSpace(text) ? text
            : throw Bad($"{name} is {Found(json)}", "a text that is not blank");

    private static string Found(JsonElement json) =>
        json.ValueKind == JsonValueKind.String ? "blank or no Unicode" : $"a JSON {json.ValueKind}";
}
