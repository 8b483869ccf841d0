using ClipSharp.Files;

namespace ClipSharp.Hub.Transfer;

/// <summary>The list of a commit's files, from the hub's answer or from the cache; hashes and lengths are checked here, names
/// when it is known which are wanted.</summary>
internal static class HubListing
{
    public const int MaxFiles = 1_000_000;
    private const int GitIdLength = 40;
    private const int Sha256Length = 64;

    /// <summary>Reads a page of the hub's answer.</summary>
    /// <exception cref="ClipException">It is no such answer.</exception>
    public static IEnumerable<HubFile> ParsePage(ReadOnlySpan<byte> json, string where) =>
        JsonFile.Parse(json, HubJson.Default.ListTreeEntry, where)
            .Where(entry => entry.Type == "file")
            .Select(entry => Checked(
                new HubFile(entry.Path, entry.Lfs?.Size ?? entry.Size) { GitId = entry.Oid, Sha256 = entry.Lfs?.Oid }, where))
            .ToList();

    /// <summary>Reads a tree of a cache; null when there is none that can be used, since it can be had again.</summary>
    public static IReadOnlyList<HubFile>? TryRead(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var tree = JsonFile.Read(path, HubJson.Default.TreeFile);
            return tree.Version != TreeFile.KnownVersion ? null
                : [.. tree.Files.Select(file => Checked(new HubFile(file.Key, file.Value.LargeSize ?? file.Value.Size)
                {
                    GitId = file.Value.GitId,
                    Sha256 = file.Value.Sha256,
                }, path))];
        }
        catch (ClipException)
        {
            return null;
        }
    }

    /// <summary>Writes a tree of a cache.</summary>
    public static void Write(string path, IReadOnlyList<HubFile> files)
    {
        var tree = new TreeFile { Version = TreeFile.KnownVersion, Files = [] };
        foreach (var file in files)
        {
            tree.Files[file.Path] = new TreeFileEntry
            {
                Size = file.Size,
                GitId = file.GitId,
                Sha256 = file.Sha256,
                LargeSize = file.Sha256 is null ? null : file.Size,
            };
        }

        AtomicFile.Write(path, stream => System.Text.Json.JsonSerializer.Serialize(stream, tree, HubJson.Default.TreeFile));
    }

    // A blob's name is its hash, so a hash that is none would be a path of the server's choice.
    private static HubFile Checked(HubFile file, string where)
    {
        var isHash = IsHex(file.GitId, GitIdLength) && (file.Sha256 is null || IsHex(file.Sha256, Sha256Length));
        return isHash && file.Size >= 0
            ? file
            : throw new ClipException(ClipError.Data, "The list of files makes no sense", where,
                $"{file.Path} with length {file.Size} and hash \"{file.BlobName}\"", "a length and a hexadecimal hash",
                "Check HF_ENDPOINT: this does not look like the hub.");
    }

    private static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);
}
