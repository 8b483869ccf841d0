using ClipSharp.Files;

namespace ClipSharp.ZeroShot;

/// <summary>The names among which a classifier chooses.</summary>
public static class ClassNames
{
    private const int MostNamed = 5;

    /// <summary>Reads a file with one name a line; line i from 0 is class i (CLIP_benchmark's <c>classnames.txt</c>).</summary>
    /// <exception cref="ClipException">The file cannot be read, or the names are not <see cref="Checked"/>.</exception>
    public static IReadOnlyList<string> ReadFile(string path) => Checked(TextLines.Read(path), path);

    /// <summary>Reads names between commas, such as "dog, cat, red car".</summary>
    /// <param name="list">The names.</param>
    /// <param name="where">The flag they come from, for the message.</param>
    /// <exception cref="ClipException">The names are not <see cref="Checked"/>.</exception>
    public static IReadOnlyList<string> Parse(string list, string where)
    {
        ArgumentNullException.ThrowIfNull(list);
        return Checked(list.Split(',', StringSplitOptions.TrimEntries), where);
    }

    /// <summary>The same names, when there is one or more, none is blank and all differ.</summary>
    /// <param name="names">The names.</param>
    /// <param name="where">The flag or file they come from, for the message.</param>
    /// <exception cref="ClipException">There is none, one is blank, or some repeat; the message names them.</exception>
    public static IReadOnlyList<string> Checked(IReadOnlyList<string> names, string where)
    {
        ArgumentNullException.ThrowIfNull(names);
        var blank = names.Count == 0 ? 0 : names.ToList().FindIndex(string.IsNullOrWhiteSpace);
        if (blank >= 0)
        {
            throw new ClipException(ClipError.Data, "A class has no name", where,
                names.Count == 0 ? "no names" : $"nothing as name {blank + 1}",
                "one name or more, none of them blank", "Write each class in words, such as \"dog,cat,red car\".");
        }

        var repeated = names.GroupBy(name => name, StringComparer.Ordinal).Where(same => same.Count() > 1).ToList();
        if (repeated.Count > 0)
        {
            var found = string.Join(", ", repeated.Take(MostNamed).Select(same => $"\"{same.Key}\" {same.Count()} times"));
            throw new ClipException(ClipError.Data, "Class names repeat", where,
                found + (repeated.Count > MostNamed ? $" and {repeated.Count - MostNamed} more" : ""), "names that all differ",
                "Tell them apart in words, such as \"crane (bird)\" and \"crane (machine)\".");
        }

        return names;
    }
}
