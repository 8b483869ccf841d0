using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Cli.Tests.Serving;

/// <summary>A request that no honest client sends: as HTTP, or as bytes on a socket where its HTTP itself is broken.</summary>
/// <param name="How">How it came to be.</param>
/// <param name="Route">Where it goes.</param>
/// <param name="Type">Its media type; null = <paramref name="Body"/> is all that is sent.</param>
/// <param name="Body">Its body.</param>
internal sealed record StrangeRequest(string How, string Route, string? Type, byte[] Body);

/// <summary>Broken requests by the thousand, of every kind that a server meets. The same each time.</summary>
internal static class StrangeRequests
{
    private const string Boundary = "----part";
    private const int PictureWidthAt = 16; // in a PNG: width and height, big-endian, behind signature and chunk head

    private static readonly string Png = Convert.ToBase64String(OddInputs.Png);

    private static readonly string Embeddings = Json(
        """{"input": ["a red circle", {"image": "data:image/png;base64,PNG"}, "ünï", [1, 2, 3]], "dimensions": 32, "model": "x"}""");

    private static readonly string ZeroShot = Json(
        """{"images": ["PNG"], "labels": ["red", "green"], "templates": ["a {}."], "top": 2}""");

    /// <summary>All of them: seven kinds, evenly mixed.</summary>
    /// <param name="count">How many.</param>
    public static IEnumerable<StrangeRequest> Of(int count)
    {
        IEnumerator<StrangeRequest>[] kinds = [.. new[]
        {
            Mutants("/v1/embeddings", "application/json", Encoding.UTF8.GetBytes(Embeddings), count),
            Mutants("/v1/zero-shot", "application/json", Encoding.UTF8.GetBytes(ZeroShot), count),
            Mutants("/v1/zero-shot", $"multipart/form-data; boundary={Boundary}", Form(OddInputs.Jpeg), count),
            Heads(count),
            Depths(count),
            Base64s(count),
            Pictures(count),
        }.Select(kind => kind.GetEnumerator())];
        for (var i = 0; i < count; i++)
        {
            kinds[i % kinds.Length].MoveNext();
            yield return kinds[i % kinds.Length].Current;
        }
    }

    private static IEnumerable<StrangeRequest> Mutants(string route, string type, byte[] sound, int count) =>
        Mutations.Of(sound, count).Select(mutant => new StrangeRequest(mutant.How, route, type, mutant.Bytes));

    // Requests whose head is damaged: methods, versions, lengths, chunks, too many and too long headers.
    private static IEnumerable<StrangeRequest> Heads(int count)
    {
        const string sound = "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: 14\r\n\r\n{\"input\": \"x\"}";
        string[] made =
        [
            sound.Replace("14", "-1", StringComparison.Ordinal),
            sound.Replace("14", "99999999999999999999", StringComparison.Ordinal),
            sound.Replace("14", "1e3", StringComparison.Ordinal), sound.Replace("HTTP/1.1", "HTTP/9.9", StringComparison.Ordinal),
            sound.Replace("Host: localhost", "Host: a b", StringComparison.Ordinal),
            sound.Replace("Content-Length: 14", "Transfer-Encoding: chunked\r\nContent-Length: 14", StringComparison.Ordinal),
            sound.Replace("Content-Length: 14", "Transfer-Encoding: chunked", StringComparison.Ordinal),
            sound.Replace("Content-Length: 14", "Content-Encoding: gzip\r\nContent-Length: 14", StringComparison.Ordinal),
            sound.Replace("/v1/embeddings", "/v1/%00/../../etc/passwd", StringComparison.Ordinal),
            sound.Replace("/v1/embeddings", "/" + new string('a', 9000), StringComparison.Ordinal),
            sound.Replace("Host", "X: " + new string('b', 40_000) + "\r\nHost", StringComparison.Ordinal),
            sound.Replace("Host", string.Concat(Enumerable.Repeat("Y: 1\r\n", 200)) + "Host", StringComparison.Ordinal),
            sound.Replace("application/json", "application/json; charset=utf-99", StringComparison.Ordinal),
            sound.Replace("application/json", "multipart/form-data; boundary=" + new string('-', 300),
                StringComparison.Ordinal),
            "\0\0\0\0", "GET\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u0016\u0003\u0001\u0002\0\u0001\0",
        ];
        return made.Select(text => new StrangeRequest("head", "", null, Encoding.Latin1.GetBytes(text)))
            .Concat(Mutations.Of(Encoding.ASCII.GetBytes(sound), count)
                .Select(mutant => new StrangeRequest("head " + mutant.How, "", null, mutant.Bytes)));
    }

    private static IEnumerable<StrangeRequest> Depths(int count) => Enumerable.Range(0, count).Select(number =>
    {
        var depth = 2 + (number * 37 % 20_000);
        var (open, close) = number % 2 == 0 ? ("[", "]") : ("{\"a\":", "}");
        var body = "{\"input\":" + string.Concat(Enumerable.Repeat(open, depth)) + "0"
            + (number % 3 == 0 ? "" : string.Concat(Enumerable.Repeat(close, depth)) + "}");
        return new StrangeRequest($"{depth} levels", "/v1/embeddings", "application/json", Encoding.UTF8.GetBytes(body));
    });

    private static IEnumerable<StrangeRequest> Base64s(int count) =>
        Mutations.Of(Encoding.ASCII.GetBytes(Png), count, seed: 2).Select(mutant => new StrangeRequest("base64 " + mutant.How,
            "/v1/embeddings", "application/json", [.. "{\"input\": {\"image\": \""u8, .. mutant.Bytes, .. "\"}}"u8]));

    // Pictures that lie: headers that promise millions of pixels, and files damaged below their base64.
    private static IEnumerable<StrangeRequest> Pictures(int count)
    {
        byte[][] odd = [.. OddInputs.All(isShared: false)
            .Where(input => input.File.StartsWith("pictures/", StringComparison.Ordinal)).Select(input => input.Bytes)];
        var bombs = Enumerable.Range(0, count).Select(number =>
        {
            var bomb = (byte[])OddInputs.Png.Clone();
            var side = (uint)(1 << (8 + (number % 24)));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(PictureWidthAt), side);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(PictureWidthAt + 4), side - 1);
            FixCrc(bomb);
            return bomb;
        });
        var mutants = Mutations.Of(OddInputs.Jpeg, count).Select(mutant => mutant.Bytes);
        return bombs.Zip(mutants, (bomb, mutant) => new[] { bomb, mutant }).SelectMany(two => two).Prepend(odd[0])
            .Concat(odd).Select((bytes, number) => new StrangeRequest(
                string.Create(CultureInfo.InvariantCulture, $"picture {number}"), "/v1/zero-shot",
                $"multipart/form-data; boundary={Boundary}", Form(bytes)));
    }

    // Else the decoder stops at the checksum and never sees the lie.
    private static void FixCrc(byte[] png) => System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(
        png.AsSpan(PictureWidthAt + 13), System.IO.Hashing.Crc32.HashToUInt32(png.AsSpan(PictureWidthAt - 4, 17)));

    private static byte[] Form(byte[] picture)
    {
        using var file = new ByteArrayContent(picture) { Headers = { ContentType = new MediaTypeHeaderValue("image/jpeg") } };
        using var form = new MultipartFormDataContent(Boundary)
        {
            { file, "image", "a.jpg" },
            { new StringContent("red,green"), "labels" }, { new StringContent("a {}."), "templates" },
        };
        return form.ReadAsByteArrayAsync().Result;
    }

    private static string Json(string text) => text.Replace("PNG", Png, StringComparison.Ordinal);
}
