using System.Text;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Data.Sources.Folders;

namespace ClipSharp.Evaluation.Sets.Labels;

/// <summary>A folder for each class with its pictures at any depth, as torchvision's <c>ImageFolder</c> has it: class i is the
/// i-th folder by name, in the order of Python's <c>sorted</c>; or, where a list of names has all of the folders', its place
/// there. An empty folder is a class, too. A picture beside the folders has
/// no class; everything else is told as <see cref="FolderSource"/> does.</summary>
public sealed class ClassFolderSource : ISampleSource
{
    private readonly string _folder;
    private readonly FolderSource _pictures;
    private readonly Dictionary<string, int> _classes;

    /// <param name="folder">An existing folder.</param>
    /// <param name="options">Which extensions are pictures.</param>
    /// <param name="names">C class names; null = those of the folders.</param>
    /// <exception cref="ClipException">It cannot be read.</exception>
    public ClassFolderSource(string folder, DataOptions options, IReadOnlyList<string>? names = null)
    {
        _folder = folder;
        _pictures = new FolderSource([folder], options);
        Names = NamesIn(folder);
        _classes = Names.Index().ToDictionary(name => name.Item,
            name => names is not null && Names.All(names.Contains) ? names.Index().First(known => known.Item == name.Item).Index
                : name.Index, StringComparer.Ordinal);
    }

    /// <summary>The names of the folders, in their order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Places => [_folder];

    /// <inheritdoc/>
    public IEnumerable<SourceSample> Read(CancellationToken cancel = default)
    {
        var filled = new HashSet<string>(StringComparer.Ordinal);
        foreach (var sample in _pictures.Read(cancel))
        {
            var slash = sample.Key.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0 || !_classes.TryGetValue(sample.Key[..slash], out var number))
            {
                yield return sample;
                continue;
            }

            if (sample.PictureLength >= 0)
            {
                filled.Add(sample.Key[..slash]);
            }

            yield return sample with { Class = number };
        }

        foreach (var name in Names.Where(name => !filled.Contains(name)))
        {
            yield return new SourceSample("", new SampleFile(_folder, Path.GetFileName(_folder), 0, default))
            {
                Note = $"the class folder {name} has no picture",
            };
        }
    }

    /// <summary>The class folders of a folder, in their order.</summary>
    internal static IReadOnlyList<string> NamesIn(string folder)
    {
        try
        {
            // Python sorts by code points, which is the order of UTF-8 bytes, not that of UTF-16.
            return [.. new DirectoryInfo(folder).EnumerateDirectories().Where(FolderWalk.Enters).Select(child => child.Name)
                .OrderBy(Encoding.UTF8.GetBytes, Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "A folder cannot be read", folder, e.Message, "a folder for each class",
                "Check the path and its rights.", e);
        }
    }
}
