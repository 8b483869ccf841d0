using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Files;

/// <summary>Length and SHA-256 of every file of a folder, in a file of its own that is written last: what a damaged or incomplete
/// copy is found by.</summary>
internal static class FolderManifest
{
    private const int Version = 1;

    /// <summary>Hashes every file of a folder that is complete but for its manifest.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The manifest's path in it, with slashes.</param>
    /// <exception cref="ClipException">A file cannot be read or the manifest not be written.</exception>
    public static void Write(string folder, string name)
    {
        var files = Files(folder).Where(file => file.Name != name).OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => new ManifestFile(file.Name, LinkedFile.Of(file.Path).Length,
                Hash(file.Path, CancellationToken.None)));
        var manifest = new Manifest(Version, [.. files]);
        AtomicFile.WriteText(Path.Combine(folder, name),
            JsonSerializer.Serialize(manifest, ManifestJson.Default.Manifest) + "\n");
    }

    /// <summary>Compares a folder with its manifest. Files that the manifest does not name are not looked at.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The manifest's path in it, with slashes.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>Null when every file is as it was written, else what is wrong with the first that is not.</returns>
    public static string? Fault(string folder, string name, CancellationToken cancel = default)
    {
        try
        {
            var present = Files(folder).ToDictionary(file => file.Name, file => file.Path, StringComparer.Ordinal);
            if (!present.TryGetValue(name, out var path))
            {
                return $"{name} is missing";
            }

            var manifest = JsonFile.Read(path, ManifestJson.Default.Manifest);
            if (manifest.Version != Version)
            {
                return $"{name} has version {manifest.Version}, not {Version}";
            }

            // Lengths of all first: they cost nothing.
            return manifest.Files.Select(file => !present.TryGetValue(file.Path, out var at) ? $"{file.Path} is missing"
                    : LinkedFile.Of(at).Length is var length && length != file.Bytes
                        ? $"{file.Path} has {length} bytes, not {file.Bytes}"
                    : null).FirstOrDefault(fault => fault is not null)
                ?? manifest.Files.Select(file => Hash(present[file.Path], cancel) != file.Sha256
                    ? $"{file.Path} has other bytes than were written"
                    : null)
                    .FirstOrDefault(fault => fault is not null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ClipException)
        {
            return e.Message;
        }
    }

    // Names are taken from the folder, never from the manifest: nothing outside can be named.
    private static IEnumerable<(string Name, string Path)> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => (Path.GetRelativePath(folder, path).Replace('\\', '/'), path));

    private static string Hash(string path, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var buffer = new byte[1 << 20];
        for (var count = stream.Read(buffer); count > 0; count = stream.Read(buffer))
        {
            cancel.ThrowIfCancellationRequested();
            hash.AppendData(buffer.AsSpan(0, count));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>What is in a manifest.</summary>
internal sealed record Manifest(int Version, IReadOnlyList<ManifestFile> Files);

/// <summary>A file as it was written.</summary>
internal sealed record ManifestFile(string Path, long Bytes, string Sha256);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true,
    AllowDuplicateProperties = false, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Manifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
