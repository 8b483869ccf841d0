using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ClipSharp.Testing.Servers;

/// <summary>A server on this machine that plays the Hugging Face hub with one repository: its answers about revision and tree,
/// its files with ranges; a test puts itself between with <see cref="FakeServer.Intercept"/>.</summary>
public sealed class FakeHub : FakeServer
{
    /// <summary>The repository's commit.</summary>
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly string _repo;
    private long _sent;

    /// <param name="repo">The repository's id, with <c>datasets/</c> before it for a data set.</param>
    /// <param name="files">Its files.</param>
    public FakeHub(string repo, params (string Path, byte[] Content)[] files)
    {
        _repo = repo;
        foreach (var (path, content) in files)
        {
            Files[path] = content;
        }
    }

    /// <summary>The repository's files.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Bytes of files sent.</summary>
    public long BytesSent => Interlocked.Read(ref _sent);

    /// <summary>The requests for a file's content.</summary>
    public IReadOnlyList<FakeRequest> RequestsFor(string file) =>
        [.. Requests.Where(request => request.Path.Contains("/resolve/", StringComparison.Ordinal)
            && request.Path.EndsWith("/" + file, StringComparison.Ordinal))];

    /// <summary>The answer about the tree, to be tampered with.</summary>
    public JsonArray Tree() =>
        [.. Files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => Entry(file.Key, file.Value))];

    /// <summary>git's object id of a file.</summary>
#pragma warning disable CA5350 // git's choice
    public static string GitId(byte[] content) => Convert.ToHexStringLower(
        SHA1.HashData([.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {content.Length}\0")),
            .. content]));
#pragma warning restore CA5350

    /// <summary>Whether the fake hub keeps a file as a large one.</summary>
    public static bool IsLarge(string path) => Path.GetExtension(path) is ".safetensors" or ".bin" or ".pt" or ".tar";

    private static JsonObject Entry(string path, byte[] content)
    {
        var entry = new JsonObject { ["type"] = "file", ["path"] = path, ["size"] = content.Length, ["oid"] = GitId(content) };
        if (IsLarge(path))
        {
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
            entry["oid"] = GitId(Encoding.ASCII.GetBytes(sha256));
            entry["lfs"] = new JsonObject { ["oid"] = sha256, ["size"] = content.Length, ["pointerSize"] = 134 };
        }

        return entry;
    }

    /// <inheritdoc/>
    public override FakeAnswer Answer(FakeRequest request)
    {
        var path = Uri.UnescapeDataString(request.Path);
        var api = $"/api/{(_repo.StartsWith("datasets/", StringComparison.Ordinal) ? "" : "models/")}{_repo}";
        if (path == $"{api}/revision/main" || path == $"{api}/revision/{Commit}")
        {
            return FakeAnswer.Text($$"""{"id": "{{_repo}}", "sha": "{{Commit}}", "private": false, "siblings": []}""");
        }

        if (path.StartsWith($"{api}/revision/", StringComparison.Ordinal))
        {
            return FakeAnswer.Refusal(404, "RevisionNotFound");
        }

        if (path.StartsWith($"{api}/tree/{Commit}?", StringComparison.Ordinal))
        {
            return FakeAnswer.Text(Tree().ToJsonString());
        }

        var content = $"/{_repo}/resolve/{Commit}/";
        if (!path.StartsWith(content, StringComparison.Ordinal))
        {
            return FakeAnswer.Refusal(404, "RepoNotFound");
        }

        return Files.TryGetValue(path[content.Length..], out var file)
            ? Content(request, file)
            : FakeAnswer.Refusal(404, "EntryNotFound");
    }

    private FakeAnswer Content(FakeRequest request, byte[] file)
    {
        var answer = Part(request, file);
        Interlocked.Add(ref _sent, answer.Body!.Length);
        return answer;
    }
}
