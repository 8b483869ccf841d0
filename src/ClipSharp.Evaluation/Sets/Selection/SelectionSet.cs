using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Registry;

namespace ClipSharp.Evaluation.Sets.Selection;

/// <summary>A set in which captions are chosen for pictures, and pictures for captions: SugarCrepe, Winoground, ARO, NegBench, or
/// one's own in their forms.</summary>
public sealed class SelectionSet
{
    // Where the authors of these sets unpack their pictures, beside the file or below its folder's parent.
    private static readonly string[] PictureFolders = ["", "images", "val2017", "val2014", "data/images", "../images", "../val2017"];

    private static readonly string[] Endings = ["", ".png", ".jpg"];

    private SelectionSet(string path, IReadOnlyList<SelectionItem> items, SkipReport skips) =>
        (Path, Items, Skips) = (path, items, skips);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The items, in the file's order.</summary>
    public IReadOnlyList<SelectionItem> Items { get; }

    /// <summary>Items that were left out: a picture of theirs is not there.</summary>
    public SkipReport Skips { get; }

    /// <summary>Every picture once, in the order in which the items name them first.</summary>
    public IEnumerable<SelectionPicture> Pictures => Items.SelectMany(item => item.Pictures).Distinct();

    /// <summary>Every caption once, in that order.</summary>
    public IEnumerable<string> Captions => Items.SelectMany(item => item.Captions).Distinct(StringComparer.Ordinal);

    /// <summary>Reads a set.</summary>
    /// <param name="path">Its file; or a folder with one, which is told by the name of the set.</param>
    /// <param name="pictures">The folder of the pictures; null = as the authors lay them: beside the file, or in
    /// <c>images</c>, <c>val2017</c> ... there.</param>
    /// <param name="name">The set's name, such as "sugar_crepe/swap_obj"; null = whatever the folder has.</param>
    /// <exception cref="ClipException">There is no such file, or several; an entry is not sound; or not one picture is
    /// there.</exception>
    public static SelectionSet Read(string path, string? pictures = null, string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = Directory.Exists(path) ? FileIn(path, name) : path;
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))!;
        string[] places = pictures is not null ? [pictures]
            : [.. PictureFolders.Select(place => System.IO.Path.Combine(folder, place))];
        var (items, skips, firstMissing) = (new List<SelectionItem>(), new SkipReport(), "");
        foreach (var entry in SelectionForms.Read(file))
        {
            string?[] found = [.. entry.Pictures.Select(picture => Find(picture, places))];
            if (Array.IndexOf(found, null) is >= 0 and var missing)
            {
                firstMissing = skips.Total == 0 ? entry.Pictures[missing] : firstMissing;
                skips.Add(new Skip(SkipReason.NoPicture, file, entry.Id, $"{entry.Where}: no {entry.Pictures[missing]}"));
                continue;
            }

            items.Add(new SelectionItem(entry.Id, [.. found.Select(picture => new SelectionPicture(picture!, entry.Crop))],
                entry.Captions, entry.CaptionOfPicture, entry.Group));
        }

        return items.Count > 0
            ? new SelectionSet(file, items, skips)
            : throw new ClipException(ClipError.NoInput, "Not one picture of the set is there", file,
                $"{skips.Total} items, the first without {firstMissing} in {places[0]}", "its pictures",
                "Name their folder, or unpack them beside the file.");
    }

    // sugar_crepe/swap_obj.json; examples.jsonl, in data/ on the hub; visual_genome_relation.json.
    private static string FileIn(string folder, string? name)
    {
        var known = name is null ? null : BenchmarkSets.TryFind(name);
        string[] stems = known is null ? [] : [.. known.Aliases.Prepend(known.Name).Select(form => form.Split('/')[^1])];
        string[] files = [.. new[] { folder, System.IO.Path.Combine(folder, "data") }.Where(Directory.Exists)
            .SelectMany(Directory.EnumerateFiles)
            .Where(file => System.IO.Path.GetExtension(file).ToLowerInvariant() is ".json" or ".jsonl" or ".csv")
            .Order(StringComparer.Ordinal)];
        string[] named = [.. files.Where(file => stems.Contains(System.IO.Path.GetFileNameWithoutExtension(file),
            StringComparer.OrdinalIgnoreCase))];
        return (named.Length > 0 ? named : files) is [var only] ? only
            : throw new ClipException(ClipError.NoInput, "A selection set is one file", folder,
                files.Length == 0 ? "no .json, .jsonl or .csv" : string.Join(", ", files.Select(System.IO.Path.GetFileName)),
                stems.Length > 0 ? $"{stems[0]}.json" : "one", "Name the file.");
    }

    // As it is written, else by its last part: NegBench's tables hold paths of their authors' disks.
    private static string? Find(string picture, string[] places)
    {
        var written = picture.Replace('\\', '/');
        var names = new[] { written, written[(written.LastIndexOf('/') + 1)..] }.Distinct();
        return picture.Contains('\0') ? null
            : names.SelectMany(name => places.SelectMany(place => Endings.Select(ending =>
                System.IO.Path.GetFullPath(System.IO.Path.Combine(place, name + ending))))).FirstOrDefault(File.Exists);
    }
}
