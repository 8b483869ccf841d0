namespace ClipSharp.Search.Collections;

/// <summary>The refusal of a name that is not one picture's, the same for every store.</summary>
internal static class PictureNames
{
    /// <param name="name">As a person gave it.</param>
    /// <param name="count">Pictures that there are.</param>
    /// <param name="found">None of them, or two that have it.</param>
    public static ClipException Refusal(string name, long count, IReadOnlyList<IndexedPicture> found) => new(
        found.Count == 0 ? ClipError.NoInput : ClipError.Usage,
        found.Count == 0 ? "The picture is not in the index" : "Several pictures have this key", name,
        found.Count == 0 ? $"{count} others" : $"{found[0].Name} and {found[1].Name}",
        "the path or the key of one picture", "Search by it as a picture, or give its path.");
}
