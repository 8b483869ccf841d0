using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Files;
using Parquet;
using static System.FormattableString;

namespace ClipSharp.Evaluation.Reports;

/// <summary>The outcomes of a report as one Parquet file beside its JSON: a row an outcome. The report knows the file's SHA-256,
/// so that a damaged file, or that of another measurement, is told before anything of it is believed.</summary>
public static class OutcomeFile
{
    internal const int GroupRows = 1 << 16;

    private const long MostBytes = 1 << 30;
    private const string PartsMember = "clipsharp.parts";

    /// <summary>Where the outcomes of a report lie: <c>X.json</c> → <c>X.outcomes.parquet</c>.</summary>
    public static string PathOf(string reportPath)
    {
        ArgumentNullException.ThrowIfNull(reportPath);
        return Path.ChangeExtension(reportPath, ".outcomes.parquet");
    }

    /// <summary>Writes outcomes; the same rows give the same bytes.</summary>
    /// <param name="path">The file, replaced as a whole.</param>
    /// <param name="outcomes">One or more sides of a task.</param>
    /// <returns>SHA-256 of the file, 64 hex digits.</returns>
    /// <exception cref="ClipException">It cannot be written.</exception>
    public static string Write(string path, IReadOnlyList<Outcomes> outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        // The library is asynchronous; a stream in memory never makes it wait.
        using var file = new MemoryStream();
        WriteAsync(file, outcomes).GetAwaiter().GetResult();
        var bytes = file.GetBuffer().AsSpan(0, (int)file.Length);
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        AtomicFile.Write(path, file.WriteTo);
        return hash;
    }

    /// <summary>Reads outcomes back.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sha256">What its report says of it.</param>
    /// <exception cref="ClipException">It is absent (NoInput), damaged, or that of another measurement (Data).</exception>
    public static IReadOnlyList<StoredOutcomes> Read(string path, string sha256)
    {
        ArgumentNullException.ThrowIfNull(path);
        byte[] bytes;
        try
        {
            var length = new FileInfo(path).Length;
            if (length > MostBytes)
            {
                throw Damaged(path, Invariant($"{length:N0} bytes"), Invariant($"at most {MostBytes:N0}"));
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The outcomes of a report cannot be read", path, e.Message,
                "the file that was written beside the report", "Restore it, or measure again.", e);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == sha256
            ? Parse(bytes, path)
            : throw Damaged(path, "another SHA-256 than the report names", "the file that was written with the report");
    }

    /// <summary>Reads the bytes of a file whatever its hash is.</summary>
    internal static IReadOnlyList<StoredOutcomes> Parse(byte[] bytes, string path)
    {
        try
        {
            return ReadAsync(bytes, path).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not (ClipException or OutOfMemoryException))
        {
            throw Damaged(path, e.Message.ReplaceLineEndings(" "), "a Parquet file as eval writes it", e);
        }
    }

    private static async Task WriteAsync(MemoryStream file, IReadOnlyList<Outcomes> outcomes)
    {
        var writer = await ParquetWriter.CreateAsync(OutcomeRows.Schema, file).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            writer.CustomMetadata = new Dictionary<string, string>
            {
                [PartsMember] = JsonSerializer.Serialize(
                    [.. outcomes.Select(part => new Part(part.Part, part.Count, part.ClassCount, part.Groups))],
                    OutcomeJson.Default.PartArray),
            };
            foreach (var part in outcomes)
            {
                for (var first = 0; first < part.Count; first += GroupRows)
                {
                    using var group = writer.CreateRowGroup();
                    await OutcomeRows.WriteAsync(group, part, first, Math.Min(GroupRows, part.Count - first))
                        .ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task<IReadOnlyList<StoredOutcomes>> ReadAsync(byte[] bytes, string path)
    {
        using var file = new MemoryStream(bytes, writable: false);
        var reader = await ParquetReader.CreateAsync(file).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var parts = JsonSerializer.Deserialize(reader.CustomMetadata[PartsMember], OutcomeJson.Default.PartArray)!;
            var found = new List<StoredOutcomes>();
            var group = 0;
            foreach (var part in parts)
            {
                var rows = new OutcomeRows(part.Classes, part.Groups?.Count ?? 0);
                while (rows.Count < part.Rows)
                {
                    using var reading = reader.OpenRowGroupReader(group++);
                    if (reading.RowCount is < 1 or > GroupRows)
                    {
                        throw Damaged(path, Invariant($"a group of {reading.RowCount:N0} rows"), Invariant($"1 to {GroupRows:N0}"));
                    }

                    await rows.ReadAsync(reading).ConfigureAwait(false);
                }

                if (rows.Count != part.Rows || rows.Fault is not null)
                {
                    throw Damaged(path, rows.Fault ?? Invariant($"{rows.Count:N0} rows"), Invariant($"{part.Rows:N0} sound rows"));
                }

                found.Add(new StoredOutcomes(rows.Outcomes(part.Name, part.Groups), rows.Places));
            }

            return found;
        }
    }

    private static ClipException Damaged(string path, string found, string expected, Exception? cause = null) => new(
        ClipError.Data, "The outcomes of a report cannot be used", path, found, expected, "Measure again with: clipsharp eval",
        cause);

    /// <summary>What the rows of a side share.</summary>
    internal sealed record Part(string Name, int Rows, int Classes, IReadOnlyList<string>? Groups);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OutcomeFile.Part[]))]
internal sealed partial class OutcomeJson : JsonSerializerContext;
