using System.Globalization;
using ClipSharp.Files;
using static System.FormattableString;

namespace ClipSharp.ZeroShot;

/// <summary>The names among which a classifier chooses. Some may stand twice, as two in ImageNet-1k's own list do, with which
/// every published number was made; one may be blank, as in VTAB's CLEVR. What is taken for such twins is shared between
/// them.</summary>
public static class ClassNames
{
    private const int MostNamed = 5;

    /// <summary>Reads a file with one name a line; line i from 0 is class i (CLIP_benchmark's <c>classnames.txt</c>).</summary>
    /// <exception cref="ClipException">The file cannot be read or is empty.</exception>
    public static IReadOnlyList<string> ReadFile(string path) => TextLines.ReadWithBlanks(path);

    /// <summary>Reads names between commas, such as "dog, cat, red car".</summary>
    /// <param name="list">The names.</param>
    /// <param name="where">The flag they come from, for the message.</param>
    /// <exception cref="ClipException">One is blank, as behind a comma too many.</exception>
    public static IReadOnlyList<string> Parse(string list, string where)
    {
        ArgumentNullException.ThrowIfNull(list);
        var names = list.Split(',', StringSplitOptions.TrimEntries);
        var blank = Array.FindIndex(names, string.IsNullOrEmpty);
        return blank < 0
            ? names
            : throw new ClipException(ClipError.Data, "A class has no name", where, $"nothing as name {blank + 1}",
                "one name or more, none of them blank", "Write each class in words, such as \"dog,cat,red car\".");
    }

    /// <summary>The same names, when there is one or more.</summary>
    /// <param name="names">The names.</param>
    /// <param name="where">The flag or file they come from, for the message.</param>
    /// <exception cref="ClipException">There is none.</exception>
    public static IReadOnlyList<string> Checked(IReadOnlyList<string> names, string where)
    {
        ArgumentNullException.ThrowIfNull(names);
        return names.Count > 0
            ? names
            : throw new ClipException(ClipError.Data, "There are no classes", where, "no names", "one name or more",
                "Write each class in words, such as \"dog,cat,red car\".");
    }

    /// <summary>One sentence on names that stand several times or are blank, with their lines from 1; null when all
    /// differ.</summary>
    public static string? Peculiarities(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var linesOf = Enumerable.Range(0, names.Count).ToLookup(index => names[index], index => index + 1);
        var twins = linesOf.Where(lines => lines.Count() > 1).ToList();
        var parts = new List<string>();
        if (twins.Count > 0)
        {
            parts.Add((twins.Count == 1
                    ? "1 class name stands several times and shares what is taken for it: "
                    : Invariant($"{twins.Count:N0} class names stand several times and share what is taken for them: "))
                + string.Join(", ", twins.Take(MostNamed).Select(lines => $"\"{lines.Key}\" (lines {Lines(lines)})"))
                + (twins.Count > MostNamed ? Invariant($" and {twins.Count - MostNamed:N0} more") : ""));
        }

        if (linesOf[""].Any())
        {
            parts.Add(Invariant($"line {linesOf[""].First():N0} is blank: that class has no name"));
        }

        return parts.Count == 0 ? null : string.Join("; ", parts);
    }

    private static string Lines(IEnumerable<int> lines)
    {
        string[] shown = [.. lines.Take(MostNamed).Select(line => line.ToString(CultureInfo.InvariantCulture))];
        return lines.Count() > MostNamed
            ? string.Join(", ", shown) + ", ..."
            : string.Join(", ", shown[..^1]) + " and " + shown[^1];
    }
}
