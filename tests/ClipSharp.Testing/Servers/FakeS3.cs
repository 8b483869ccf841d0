using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ClipSharp.Testing.Servers;

/// <summary>What of S3 is needed, on this machine: GET with ranges and conditions, lists by pages, path style, and signatures of
/// version 4, which it checks as S3 does.</summary>
public sealed class FakeS3 : ShardServer
{
    /// <summary>The one key that may.</summary>
    public const string AccessKey = "CANARYKEY";

    /// <summary>Its secret.</summary>
    public const string SecretKey = "canary-secret";

    private const string Bucket = "/data/";
    private const int PageLength = 2;

    /// <summary>A store with one bucket, <c>data</c>.</summary>
    public FakeS3() => FailsAs = (status, code) => Fault(status, code);

    /// <summary>A refusal in S3's words.</summary>
    public static FakeAnswer Fault(int status, string code) => new(status, Encoding.UTF8.GetBytes(
        $"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>says {SecretKey}</Message><RequestId>1</RequestId></Error>"),
        [("Content-Type", "application/xml")]);

    /// <inheritdoc/>
    public override FakeAnswer Answer(FakeRequest request)
    {
        if (FaultOfSignature(request) is { } code)
        {
            return Fault(403, code);
        }

        var url = new Uri(Address, request.Path);
        if (!url.AbsolutePath.StartsWith(Bucket, StringComparison.Ordinal) && url.AbsolutePath != "/data")
        {
            return Fault(404, "NoSuchBucket");
        }

        if (url.Query.Contains("list-type=2", StringComparison.Ordinal))
        {
            return List(url);
        }

        if (!Files.ContainsKey(request.Path))
        {
            return Fault(404, "NoSuchKey");
        }

        var answer = base.Answer(request);
        var tag = answer.Headers?.FirstOrDefault(header => header.Name == "ETag").Value;
        return request.Headers.TryGetValue("If-Match", out var wanted) && wanted != tag ? Fault(412, "PreconditionFailed")
            : answer.Status == 416 ? Fault(416, "InvalidRange") : answer;
    }

    private FakeAnswer List(Uri url)
    {
        var query = url.Query.TrimStart('?').Split('&').Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        var after = query.GetValueOrDefault("continuation-token", "");
        var keys = Files.Keys.Select(path => path[Bucket.Length..])
            .Where(key => key.StartsWith(query.GetValueOrDefault("prefix", ""), StringComparison.Ordinal)
                && string.CompareOrdinal(key, after) > 0).Order(StringComparer.Ordinal).ToList();
        var page = keys.Take(PageLength).ToList();
        var isCut = keys.Count > page.Count;
        return new FakeAnswer(200, Encoding.UTF8.GetBytes(
            $"""
            <?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>data</Name>
            <KeyCount>{page.Count}</KeyCount><IsTruncated>{(isCut ? "true" : "false")}</IsTruncated>
            {string.Concat(page.Select(key => $"<Contents><Key>{key}</Key><Size>1</Size></Contents>"))}
            {(isCut ? $"<NextContinuationToken>{page[^1]}</NextContinuationToken>" : "")}</ListBucketResult>
            """), [("Content-Type", "application/xml")]);
    }

    // The sum over method, path, query and headers by the secret, as AWS' "Signature Version 4" describes it.
    private static string? FaultOfSignature(FakeRequest request)
    {
        if (!request.Headers.TryGetValue("Authorization", out var given)
            || !given.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal))
        {
            return "AccessDenied";
        }

        var parts = given["AWS4-HMAC-SHA256 ".Length..].Split(',', StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        var scope = parts["Credential"].Split('/');
        if (scope[0] != AccessKey)
        {
            return "InvalidAccessKeyId";
        }

        var (path, query) = request.Path.Split('?', 2) is [var first, var rest] ? (first, rest) : (request.Path, "");
        var sorted = string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        var names = parts["SignedHeaders"].Split(';');
        var canonical = string.Join('\n', [request.Method, path, sorted,
            .. names.Select(name => $"{name}:{request.Headers[name].Trim()}"), "", parts["SignedHeaders"],
            request.Headers["x-amz-content-sha256"]]);
        var date = request.Headers["X-Amz-Date"];
        var text = string.Join('\n', "AWS4-HMAC-SHA256", date, string.Join('/', scope[1..]),
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))));
        var key = scope[1..].Aggregate(Encoding.UTF8.GetBytes("AWS4" + SecretKey), Sum);
        return Convert.ToHexStringLower(Sum(key, text)) == parts["Signature"]
            && DateTime.ParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture).Year > 2000
            ? null
            : "SignatureDoesNotMatch";

        static byte[] Sum(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
    }
}
