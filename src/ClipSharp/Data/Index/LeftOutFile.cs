using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Data.Shards;
using ClipSharp.Files;

namespace ClipSharp.Data.Index;

/// <summary><c>left-out.jsonl</c>, the ledger of an output folder: a line of JSON for everything that was left out of the data,
/// <c>{"place", "key", "reason", "detail"}</c>. There is none where nothing was. With what was used it adds up to what the source
/// holds. A place is a full path or an address.</summary>
public static class LeftOutFile
{
    /// <summary>The file's name.</summary>
    public const string FileName = "left-out.jsonl";

    /// <summary>Adds losses to the ledger of a folder, whole or not at all.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="goesOn">Whether this goes on with what was stopped: losses that were written then are not written
    /// again.</param>
    /// <param name="reports">What was left out.</param>
    /// <exception cref="ClipException">It cannot be written.</exception>
    public static void Add(string folder, bool goesOn, params IEnumerable<SkipReport> reports)
    {
        var found = reports.Where(report => report.Total > 0).ToList();
        if (found.Count == 0)
        {
            return;
        }

        var path = Path.Combine(folder, FileName);
        AtomicFile.Write(path, stream =>
        {
            var written = new Dictionary<UInt128, long>(); // hashes and how often: lines may be millions
            foreach (var line in File.Exists(path) ? File.ReadLines(path).Select(Encoding.UTF8.GetBytes) : [])
            {
                var hash = XxHash128.HashToUInt128(line);
                written[hash] = written.GetValueOrDefault(hash) + 1;
                Write(stream, line);
            }

            found.ForEach(report => report.EachLine(line =>
            {
                var hash = XxHash128.HashToUInt128(line);
                if (goesOn && written.TryGetValue(hash, out var times) && times > 0)
                {
                    written[hash] = times - 1;
                }
                else
                {
                    Write(stream, line);
                }
            }));
        });
    }

    private static void Write(Stream stream, byte[] line)
    {
        stream.Write(line);
        stream.WriteByte((byte)'\n');
    }

    /// <summary>One loss as a line, without its end.</summary>
    internal static byte[] Line(Skip skip) => JsonSerializer.SerializeToUtf8Bytes(
        new LeftOutLine(ShardPlace.Full(skip.File), skip.Key, skip.Reason.ToString(), skip.Detail),
        LeftOutJson.Default.LeftOutLine);

    /// <summary>The loss of a line.</summary>
    internal static Skip Parse(byte[] line)
    {
        var loss = JsonSerializer.Deserialize(line, LeftOutJson.Default.LeftOutLine)!;
        return new Skip(Enum.Parse<SkipReason>(loss.Reason), loss.Place, loss.Key, loss.Detail);
    }
}

/// <summary>A line of the ledger.</summary>
internal sealed record LeftOutLine(string Place, string Key, string Reason, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LeftOutLine))]
internal sealed partial class LeftOutJson : JsonSerializerContext;
