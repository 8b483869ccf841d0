namespace ClipSharp;

/// <summary>How the values of a closed choice are spelt in JSON, flags and messages: as their names, in small letters.</summary>
internal static class Spelling
{
    /// <summary>A choice's word; null for none.</summary>
    public static string? Of<T>(T? choice)
        where T : struct, Enum => choice is { } made ? Of(made) : null;

    /// <summary>A choice's word.</summary>
    public static string Of<T>(T choice)
        where T : struct, Enum => choice.ToString().ToLowerInvariant();

    /// <summary>The choice of a word, or null.</summary>
    public static T? Find<T>(string? word)
        where T : struct, Enum
    {
        foreach (var choice in Enum.GetValues<T>())
        {
            if (Of(choice) == word)
            {
                return choice;
            }
        }

        return null;
    }

    /// <summary>All words.</summary>
    public static string[] Words<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(choice => Of(choice))];

    /// <summary>Words for a message: "shortest, longest or squash".</summary>
    public static string List(params IReadOnlyList<string> words) => $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";
}
