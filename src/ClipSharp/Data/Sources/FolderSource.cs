using System.IO.Enumeration;
using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;
using ClipSharp.Files;

namespace ClipSharp.Data.Sources;

/// <summary>Folders of pictures, at any depth, each with a <c>.txt</c> or <c>.json</c> of the same name beside it.
/// Order is ordinal by path; hidden files and linked folders are left out. The key is the path below the folder, with its
/// extension, parts joined by "/".</summary>
/// <param name="folders">Paths of folders, in reading order.</param>
/// <param name="options">Which extensions are pictures.</param>
public sealed class FolderSource(IReadOnlyList<string> folders, DataOptions options) : ISampleSource
{
    private static readonly EnumerationOptions Deep = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
        IgnoreInaccessible = true,
    };

    /// <inheritdoc/>
    public IReadOnlyList<string> Places => folders;

    /// <inheritdoc/>
    public IEnumerable<SourceSample> Read(CancellationToken cancel = default) => folders.SelectMany(f => ReadFolder(f, cancel));

    private IEnumerable<SourceSample> ReadFolder(string folder, CancellationToken cancel)
    {
        var keys = Keys(folder);
        var pictures = keys.Where(IsPicture).Select(Stem).ToHashSet(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            cancel.ThrowIfCancellationRequested();
            var path = Path.Combine(folder, key);
            if (IsPicture(key))
            {
                yield return Sample(path, key);
            }
            else if (Path.GetExtension(key).ToLowerInvariant() is ".txt" && !pictures.Contains(Stem(key)))
            {
                yield return new SourceSample(key, new SampleFile(path, key, 0, default)); // a text without a picture
            }
        }
    }

    /// <summary>The files below a folder at any depth, as keys in ordinal order.</summary>
    internal static IReadOnlyList<string> Keys(string folder)
    {
        var files = new FileSystemEnumerable<string>(folder, (ref entry) => entry.ToFullPath(), Deep)
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory, // linked files, too: the hub's cache has nothing else
            ShouldRecursePredicate = (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        return
        [
            .. files.Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Whether a file's ending is a picture's.</summary>
    internal static bool IsPicture(string key, DataOptions options) =>
        Path.GetExtension(key) is { Length: > 1 } extension && options.ImageKeys.Contains(extension[1..].ToLowerInvariant());

    private bool IsPicture(string key) => IsPicture(key, options);

    private static string Stem(string key) => key[..^Path.GetExtension(key).Length];

    /// <summary>A picture file with what lies beside it.</summary>
    internal static SourceSample Sample(string path, string key)
    {
        var file = new SampleFile(path, key, 0, default);
        try
        {
            file = SampleFile.Of(path, key);
            var sample = new SourceSample(key, file) { PictureLength = file.Length };
            if (ReadBeside(path, ".txt", CaptionReader.MaxTextLength) is { } text)
            {
                var captions = CaptionReader.FromText(text, out var repaired);
                if (captions.Count > 0)
                {
                    return sample with { Captions = captions, HasRepairedText = repaired };
                }
            }

            if (ReadBeside(path, ".json", CaptionReader.MaxJsonLength) is { } json)
            {
                return CaptionReader.FromJson(json) is { } captions
                    ? sample with { Captions = captions }
                    : sample with { Skip = SkipReason.BadText };
            }

            return sample;
        }
        catch (InvalidDataException e)
        {
            return new SourceSample(key, file) { Skip = SkipReason.BadText, Detail = e.Message };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new SourceSample(key, file) { Skip = SkipReason.ReadFailed, Detail = e.Message };
        }
    }

    private static byte[]? ReadBeside(string picture, string extension, int limit)
    {
        var path = Path.ChangeExtension(picture, extension);
        if (!File.Exists(path))
        {
            return null;
        }

        return LinkedFile.Of(path).Length <= limit
            ? File.ReadAllBytes(path)
            : throw new InvalidDataException($"{extension} is over {limit} bytes");
    }
}
