using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace ClipSharp.Testing.Servers;

/// <summary>A web server on this machine with files and their ETags, which may be as bad as servers get.</summary>
public class ShardServer : FakeServer
{
    private readonly TaskCompletionSource _end = new();
    private int _number;

    /// <summary>Its files by path, "/train/0.tar".</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>How it says that it cannot answer, from status and S3's word for it.</summary>
    public Func<int, string, FakeAnswer> FailsAs { get; init; } = (status, _) => new FakeAnswer(status);

    /// <summary>Whether it says by ETag which content it delivers.</summary>
    public bool HasTags { get; set; } = true;

    /// <summary>The faults so far, by what they are.</summary>
    public ConcurrentDictionary<string, int> Faults { get; } = new();

    /// <summary>How often a file's whole content was asked for from its first byte.</summary>
    public int Begun(string path) => Requests.Count(request => request.Path == path && request.From == 0
        && request.Headers.GetValueOrDefault("Range") != "bytes=0-0");

    /// <summary>From now on one request of ten fails, by a status or a reset, and of the answers one of ten is cut and one of
    /// twenty falls silent, by the numbers of the seed.</summary>
    public void BeBad(long seed) => Intercept = request =>
    {
        var random = new RandomStream(seed, RandomPurpose.Synthesis, Interlocked.Increment(ref _number));
        switch (random.NextDouble())
        {
            case < 0.04: return Fault("500", FailsAs(500, "InternalError"));
            case < 0.07: return Fault("503", FailsAs(503, "SlowDown") with { Headers = [("Retry-After", "3")] });
            case < 0.10: return Fault("reset", new FakeAnswer(0));
        }

        var answer = Answer(request);
        var only = random.NextInt32(Math.Max(1, answer.Body?.Length ?? 1));
        return random.NextDouble() switch
        {
            < 0.10 => Fault("cut", answer with { SendOnly = only }),
            < 0.15 => Fault("silent", answer with { SendOnly = only, Hold = _end.Task }),
            _ => answer,
        };
    };

    /// <inheritdoc/>
    public override FakeAnswer Answer(FakeRequest request)
    {
        if (!Files.TryGetValue(request.Path, out var file))
        {
            return new FakeAnswer(404);
        }

        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(file))[..16]}\"";
        // A range of another content is no range of this one.
        var isOther = request.Headers.TryGetValue("If-Range", out var proof) && proof != tag;
        (string, string)[] headers = HasTags ? [("ETag", tag)] : [];
        return isOther ? new FakeAnswer(200, file, headers) : Part(request, file, headers);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _end.TrySetResult();
        base.Dispose(disposing);
    }

    private FakeAnswer Fault(string kind, FakeAnswer answer)
    {
        Faults.AddOrUpdate(kind, 1, (_, count) => count + 1);
        return answer;
    }
}
