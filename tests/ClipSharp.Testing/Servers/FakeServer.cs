using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ClipSharp.Testing.Servers;

/// <summary>A request as a fake server got it.</summary>
/// <param name="Method">GET, HEAD, ...</param>
/// <param name="Path">Path and query.</param>
/// <param name="Headers">The headers, names without regard to capitals.</param>
public sealed record FakeRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The first byte asked for, or 0.</summary>
    public int From => Headers.TryGetValue("Range", out var range)
        ? int.Parse(range["bytes=".Length..range.IndexOf('-', StringComparison.Ordinal)], CultureInfo.InvariantCulture)
        : 0;
}

/// <summary>What a fake server answers.</summary>
/// <param name="Status">The status; 0 = none, the connection is reset.</param>
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

/// <summary>A server on this machine that answers as a test says; a connection serves one request.</summary>
public abstract class FakeServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<FakeRequest> _requests = new();

    /// <summary>Begins to listen.</summary>
    protected FakeServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Answers instead of the server where it returns an answer; may block, others are still served.</summary>
    public Func<FakeRequest, FakeAnswer?> Intercept { get; set; } = _ => null;

    /// <summary>Where it listens.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>What was asked.</summary>
    public IReadOnlyList<FakeRequest> Requests => [.. _requests];

    /// <summary>The server's own answer to a request.</summary>
    public abstract FakeAnswer Answer(FakeRequest request);

    /// <summary>Bytes of an answer from where a request wants them, with what tells so.</summary>
    /// <param name="request">Its range counts.</param>
    /// <param name="file">The whole content.</param>
    /// <param name="headers">Further headers.</param>
    public static FakeAnswer Part(FakeRequest request, byte[] file, params (string, string)[] headers)
    {
        if (!request.Headers.TryGetValue("Range", out var range))
        {
            return new FakeAnswer(200, file, headers);
        }

        var last = range[(range.IndexOf('-', StringComparison.Ordinal) + 1)..] is { Length: > 0 } end
            ? Math.Min(int.Parse(end, CultureInfo.InvariantCulture), file.Length - 1)
            : file.Length - 1;
        return request.From >= file.Length
            ? new FakeAnswer(416, [], [("Content-Range", $"bytes */{file.Length}")])
            : new FakeAnswer(206, file[request.From..(last + 1)],
                [("Content-Range", $"bytes {request.From}-{last}/{file.Length}"), .. headers]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends it.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Cancel();
            _listener.Stop();
            _stop.Dispose();
        }
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
                await SendAsync(client, stream, request.Method == "HEAD", Intercept(request) ?? Answer(request), cancel);
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
        return new FakeRequest(lines[0].Split(' ')[0], lines[0].Split(' ')[1],
            lines[1..].Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase));
    }

    private static async Task SendAsync(TcpClient client, NetworkStream stream, bool isHead, FakeAnswer answer,
        CancellationToken cancel)
    {
        if (answer.Status == 0)
        {
            client.LingerState = new LingerOption(enable: true, seconds: 0); // a reset and no end
            return;
        }

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
        var count = Math.Min(isHead ? 0 : answer.SendOnly ?? body.Length, body.Length);
        await stream.WriteAsync(body.AsMemory(0, count), cancel);
        await stream.FlushAsync(cancel);
        if (answer.Hold is { } hold)
        {
            await hold.WaitAsync(cancel);
        }
    }
}
