using System.IO.Enumeration;
using ClipSharp.Data.Index;
using ClipSharp.Files;
using ClipSharp.Files.Reading;
using ClipSharp.Images.Decoding;
using ClipSharp.Images.Formats;

namespace ClipSharp.Data.Sources.Folders;

/// <summary>A file below a folder, or a folder that is not entered.</summary>
/// <param name="Key">Its path below the folder, parts joined by "/".</param>
/// <param name="LeftOut">Why it is no picture and no text; null where it is one.</param>
/// <param name="Detail">More about that.</param>
internal readonly record struct FolderEntry(string Key, SkipReason? LeftOut = null, string Detail = "");

/// <summary>Everything below a folder, at any depth, in ordinal order, each file once: as many as <c>find</c> counts. A file
/// with a picture's ending is one until it is decoded, any other is told by its first bytes; the texts of pictures stay for the
/// reader. Hidden files, those of systems (<c>@eaDir</c>) and linked folders are told with their reason. Linked files are files:
/// the hub's cache has nothing else.</summary>
internal static class FolderWalk
{
    // Thumbnails and bins of NAS (Synology, QNAP), Windows and macOS.
    private static readonly string[] SystemFolders =
        ["@eaDir", "@Recycle", "#recycle", "#snapshot", "$RECYCLE.BIN", "System Volume Information", "__MACOSX", "lost+found"];

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>What is there.</summary>
    /// <param name="folder">Where to look.</param>
    /// <param name="options">Which endings are pictures'.</param>
    public static IReadOnlyList<FolderEntry> Entries(string folder, DataOptions options)
    {
        var found = new List<FolderEntry>();
        Walk(folder, "", null, options, found);
        found.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        return found;
    }

    /// <summary>Whether a folder below is entered: one that is not hidden, no system's and no link.</summary>
    public static bool Enters(DirectoryInfo folder) => folder.Name[0] != '.' && !IsSystems(folder.Name)
        && (folder.Attributes & (FileAttributes.Hidden | FileAttributes.ReparsePoint)) == 0;

    /// <summary>Whether a file's ending is that of a text, beside its picture or for many.</summary>
    public static bool IsText(string key, DataOptions options) =>
        EndingOf(key) is "json" || options.TextKeys.Contains(EndingOf(key)) || FolderCaptions.IsTable(key);

    /// <summary>Whether a file is taken for a picture: by its ending or by its first bytes, of formats that are not read,
    /// too.</summary>
    /// <param name="path">An existing file.</param>
    /// <param name="options">Which endings are pictures'.</param>
    public static bool IsPicture(string path, DataOptions options) =>
        Judge(path, Path.GetFileName(path), options).LeftOut is null or SkipReason.UnknownFormat;

    private static bool IsSystems(string folder) => SystemFolders.Contains(folder, StringComparer.OrdinalIgnoreCase);

    private static string EndingOf(string key) => Path.GetExtension(key).TrimStart('.').ToLowerInvariant();

    // above: why nothing below this folder is used, or null.
    private static void Walk(string folder, string prefix, SkipReason? above, DataOptions options, List<FolderEntry> found)
    {
        try
        {
            var entries = SteadyRead.Look(folder,
                () => new FileSystemEnumerable<(string Name, bool IsFolder, FileAttributes Attributes)>(folder,
                    (ref entry) => (entry.FileName.ToString(), entry.IsDirectory, entry.Attributes), Everything).ToList());
            foreach (var (name, isFolder, attributes) in entries)
            {
                var (path, key) = (Path.Combine(folder, name), prefix + name);
                var isHidden = name[0] == '.' || attributes.HasFlag(FileAttributes.Hidden);
                var reason = above ?? (isHidden ? SkipReason.Hidden
                    : isFolder && IsSystems(name) ? SkipReason.SystemFolder
                    : null);
                if (!isFolder)
                {
                    found.Add(reason is null && !IsText(key, options) ? Judge(path, key, options) : new FolderEntry(key, reason));
                }
                else if (attributes.HasFlag(FileAttributes.ReparsePoint))
                {
                    // Not entered: it may lead back, or show the same pictures twice.
                    found.Add(new FolderEntry(key, reason ?? SkipReason.LinkedFolder));
                }
                else
                {
                    Walk(path, key + "/", reason, options, found);
                }
            }
        }
        catch (Exception e) when (ReadFailure.IsCounted(e, options))
        {
            found.Add(new FolderEntry(prefix.TrimEnd('/'), SkipReason.ReadFailed, ReadFailure.Detail(e)));
        }
    }

    private static FolderEntry Judge(string path, string key, DataOptions options)
    {
        if (options.ImageKeys.Contains(EndingOf(key)))
        {
            return new FolderEntry(key);
        }

        try
        {
            // A pipe has no length and would be waited for.
            var head = SteadyRead.Look(path, () => LinkedFile.Of(path).Length) > 0 ? SteadyRead.Of(path, () => Head(path)) : [];
            return PictureFormat.Of(head) is not { } format ? new FolderEntry(key, SkipReason.OtherFile)
                : ImageDecoder.Reads(format) ? new FolderEntry(key)
                : new FolderEntry(key, SkipReason.UnknownFormat, format.Name);
        }
        catch (Exception e) when (ReadFailure.IsCounted(e, options))
        {
            return new FolderEntry(key, SkipReason.ReadFailed, ReadFailure.Detail(e));
        }
    }

    private static byte[] Head(string path)
    {
        var head = new byte[PictureFormat.HeadLength];
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return head[..SteadyRead.At(file, path, head, 0)];
    }
}
