using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ClipSharp.Testing;

/// <summary>A request as the fake hub got it.</summary>
/// <param name="Path">Path and query.</param>
/// <param name="Headers">The headers, names without regard to capitals.</param>
public sealed record FakeRequest(string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The first byte asked for, or 0.</summary>
    public int From => Headers.TryGetValue("Range", out var range)
        ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture)
        : 0;
}

/// <summary>What the fake hub answers.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The content.</param>
/// <param name="Headers">Headers beside the length.</param>
/// <param name="SendOnly">Send only so much of the content, then drop the connection; null = all.</param>
/// <param name="Hold">Wait for this before the connection is closed.</param>
public sealed record FakeAnswer(int Status, byte[]? Body = null, (string Name, string Value)[]? Headers = null,
    int? SendOnly = null,
    Task? Hold = null)
{
    /// <summary>An answer of text.</summary>
    public static FakeAnswer Text(string text, int status = 200) => new(status, Encoding.UTF8.GetBytes(text));

    /// <summary>A redirect.</summary>
    public static FakeAnswer Redirect(string location) => new(302, [], [("Location", location)]);

    /// <summary>A refusal with the hub's error code.</summary>
    public static FakeAnswer Refusal(int status, string? code = null, params (string, string)[] headers) =>
        new(status, [], code is null ? headers : [("X-Error-Code", code), .. headers]);
}

/// <summary>A server on this machine that plays the Hugging Face hub with one repository: its answers about revision and tree,
/// its files with ranges; a test puts itself between with <see cref="Intercept"/>.</summary>
public sealed class FakeHub : IDisposable
{
    /// <summary>The repository's commit.</summary>
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<FakeRequest> _requests = new();
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

        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The repository's files.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers instead of the hub where it returns an answer.</summary>
    public Func<FakeRequest, FakeAnswer?> Intercept { get; set; } = _ => null;

    /// <summary>Where it listens.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>What was asked.</summary>
    public IReadOnlyList<FakeRequest> Requests => [.. _requests];

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

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

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

    private async Task AcceptAsync()
    {
        var cancel = _stop.Token;
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(cancel);
                // an intercept may block: others are still served
                _ = Task.Run(() => ServeAsync(client, cancel), CancellationToken.None);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken cancel)
    {
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                if (await ReadRequestAsync(stream, cancel) is not { } request)
                {
                    return;
                }

                _requests.Enqueue(request);
                await SendAsync(stream, Intercept(request) ?? Answer(request), cancel);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // the client has gone, or the test is over
        }
    }

    private static async Task<FakeRequest?> ReadRequestAsync(NetworkStream stream, CancellationToken cancel)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one, cancel) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        var lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return new FakeRequest(lines[0].Split(' ')[1],
            lines[1..].Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase));
    }

    private static async Task SendAsync(NetworkStream stream, FakeAnswer answer, CancellationToken cancel)
    {
        var body = answer.Body ?? [];
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} -\r\nConnection: close\r\n");
        foreach (var (name, value) in answer.Headers ?? [])
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        if (answer.Headers?.Any(header => header.Name == "Transfer-Encoding") != true)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{head}\r\n"), cancel);
        var count = Math.Min(answer.SendOnly ?? body.Length, body.Length);
        await stream.WriteAsync(body.AsMemory(0, count), cancel);
        await stream.FlushAsync(cancel);
        if (answer.Hold is { } hold)
        {
            await hold.WaitAsync(cancel);
        }
    }

    /// <summary>The hub's own answer to a request.</summary>
    public FakeAnswer Answer(FakeRequest request)
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
        var from = request.From;
        if (from > 0 && from >= file.Length)
        {
            return new FakeAnswer(416, [], [("Content-Range", $"bytes */{file.Length}")]);
        }

        Interlocked.Add(ref _sent, file.Length - from);
        return from == 0
            ? new FakeAnswer(200, file)
            : new FakeAnswer(206, file[from..], [("Content-Range", $"bytes {from}-{file.Length - 1}/{file.Length}")]);
    }
}
