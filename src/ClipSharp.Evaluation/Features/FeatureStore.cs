using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Data.Index;
using ClipSharp.Files;
using ClipSharp.Parts;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Features;

/// <summary>Keeps features on disk: a folder a key, named by <see cref="FeatureKey.Hash"/>, in it <c>key.json</c> and parts of
/// <see cref="PartSize"/> samples as safetensors (<c>vectors</c> float32 [n, D], <c>samples</c> int32 [n]). Work that was stopped
/// goes on behind the last whole part. Removing a folder is always safe. Several processes may use it at once.</summary>
/// <param name="folder">Where the folders lie, made when needed; null = nowhere: nothing is kept.</param>
public sealed class FeatureStore(string? folder)
{
    /// <summary>Samples of a part.</summary>
    public const int PartSize = 2_048;

    /// <summary>Computes the features of some neighbouring samples.</summary>
    /// <param name="first">The first sample.</param>
    /// <param name="count">How many.</param>
    /// <returns>Their features; sample ids count from <paramref name="first"/>.</returns>
    public delegate FeatureSet Computation(int first, int count);

    /// <summary>The user's: <c>features</c> beside the classifiers of <see cref="ZeroShot.ClassifierCache"/>. A user without a
    /// home has a store that keeps nothing.</summary>
    public static FeatureStore OfUser() => new(
        UserCache.Own(Environment.GetEnvironmentVariable) is { } own ? Path.Combine(own, "features") : null);

    /// <summary>Why the last features that were computed are not kept; null when they are.</summary>
    public string? NotKept { get; private set; }

    /// <summary>The features of a key: read as far as they are there and sound, else computed and stored.</summary>
    /// <param name="key">What they depend on; not asked for when nothing is kept.</param>
    /// <param name="count">How many samples there are.</param>
    /// <param name="width">D.</param>
    /// <param name="compute">Computes a part.</param>
    public FeatureSet GetOrCompute(Func<FeatureKey> key, int count, int width, Computation compute)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(compute);
        if (folder is null)
        {
            return Shifted(compute(0, count), 0);
        }

        var vectors = new Embeddings(count, width);
        var samples = new List<int>(count);
        var skipped = new SortedDictionary<SkipReason, long>();
        foreach (var part in Parts(key, count, width, compute))
        {
            vectors.Write(samples.Count, part.Vectors);
            samples.AddRange(part.SampleIds);
            foreach (var (reason, times) in part.Skipped)
            {
                skipped[reason] = skipped.GetValueOrDefault(reason) + times;
            }
        }

        return new FeatureSet(samples.Count == count ? vectors : vectors.Slice(0, samples.Count), samples, skipped);
    }

    /// <summary>The same part by part, each of <see cref="PartSize"/> samples but the last, for data whose features are more than
    /// memory holds.</summary>
    /// <param name="key">What they depend on; not asked for when nothing is kept.</param>
    /// <param name="count">How many samples there are.</param>
    /// <param name="width">D.</param>
    /// <param name="compute">Computes a part.</param>
    public IEnumerable<FeatureSet> Parts(Func<FeatureKey> key, int count, int width, Computation compute)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(compute);
        return Read();

        IEnumerable<FeatureSet> Read()
        {
            var known = folder is null ? null : key();
            var place = known is null ? null : Path.Combine(folder!, known.Hash());
            for (var block = 0; block < BlocksOf(count); block++)
            {
                var (first, size) = SamplesOf(block, count);
                var path = place is null ? null : PathOf(place, block);
                var part = path is null ? null : TryRead(path, first, size, width);
                if (part is null)
                {
                    part = Shifted(compute(first, size), first);
                    NotKept = path is null ? null : TryStore(place!, path, known!, part);
                }

                yield return part;
            }
        }
    }

    /// <summary>Computes and keeps what is missing of a part of the features, for several processes that share a store; whole
    /// parts of <see cref="PartSize"/> samples are of one process.</summary>
    /// <param name="part">Which part.</param>
    /// <param name="key">What the features depend on.</param>
    /// <param name="count">How many samples there are in all.</param>
    /// <param name="width">D.</param>
    /// <param name="compute">Computes neighbouring samples.</param>
    /// <returns>How many samples are of this part.</returns>
    /// <exception cref="ClipException">Nothing can be kept: the work would be lost.</exception>
    internal long Fill(WorkPart part, FeatureKey key, int count, int width, Computation compute)
    {
        var place = Path.Combine(folder ?? throw Lost("no folder"), key.Hash());
        var (first, end) = part.Of(BlocksOf(count));
        AtomicFile.WriteText(DivisionOf(place).Of(part), key.Data + "\n"); // says how the work is divided
        for (var block = first; block < end; block++)
        {
            var (start, size) = SamplesOf(block, count);
            var path = PathOf(place, block);
            if (TryRead(path, start, size, width) is null
                && TryStore(place, path, key, Shifted(compute(start, size), start)) is { } reason)
            {
                throw Lost(reason);
            }
        }

        return end == first ? 0 : Math.Min(count, (long)end * PartSize) - ((long)first * PartSize);
    }

    /// <summary>Refuses where features are not there that parts should have computed.</summary>
    /// <param name="key">What they depend on.</param>
    /// <param name="count">How many samples there are in all.</param>
    /// <exception cref="ClipException">Parts are missing; they are named.</exception>
    internal void RequireFilled(FeatureKey key, int count)
    {
        var place = Path.Combine(folder ?? throw Lost("no folder"), key.Hash());
        int[] missing = [.. Enumerable.Range(0, BlocksOf(count)).Where(block => !File.Exists(PathOf(place, block)))];
        if (missing.Length == 0)
        {
            return;
        }

        var division = DivisionOf(place);
        if (division.Parts.Count == 0)
        {
            throw new ClipException(ClipError.NoInput, "No part of these features is there", folder,
                $"none of this model, preprocessing and data ({key.Hash()[..12]})", "what --part i/n computes",
                "Run the same line with --part 1/n to n/n first: same model, engine, data and options.");
        }

        var parts = division.Parts.CountBy(part => part.Count).MaxBy(parts => parts.Value).Key;
        division.RequireNone([.. Enumerable.Range(1, parts).Select(number => new WorkPart(number, parts))
            .Where(part => part.Of(BlocksOf(count)) is var (first, end) && missing.Any(block => block >= first && block < end))],
            parts);
    }

    private static int BlocksOf(int count) => (int)(((long)count + PartSize - 1) / PartSize);

    private static (int First, int Count) SamplesOf(int block, int count) =>
        (block * PartSize, Math.Min(PartSize, count - (block * PartSize)));

    private static string PathOf(string place, int block) =>
        Path.Combine(place, $"part-{block.ToString("D5", CultureInfo.InvariantCulture)}.safetensors");

    private static PartFolder DivisionOf(string place) => new(Path.Combine(place, "division"));

    private static ClipException Lost(string reason) => new(ClipError.InputOutput, "The features of a part cannot be kept",
        "--feature-root", reason, "a folder that all parts write to", "Name one with --feature-root.");

    private static FeatureSet Shifted(FeatureSet part, int first) =>
        first == 0 ? part : part with { SampleIds = [.. part.SampleIds.Select(sample => first + sample)] };

    private static FeatureSet? TryRead(string path, int first, int size, int width)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var file = SafetensorsFile.Open(path);
            var samples = MemoryMarshal.Cast<byte, int>(file.Bytes("samples")).ToArray();
            var vectors = new Embeddings(file.ReadFloats("vectors"), width);
            var skipped = file.Metadata.ToDictionary(reason => Enum.Parse<SkipReason>(reason.Key),
                reason => long.Parse(reason.Value, CultureInfo.InvariantCulture));
            var isWhole = vectors.Count == samples.Length && samples.Length + skipped.Values.Sum() == size
                && samples.All(sample => sample >= first && sample < first + size);
            return isWhole ? new FeatureSet(vectors, samples, skipped) : null;
        }
        catch (Exception e) when (e is ClipException or ArgumentException or FormatException or OverflowException)
        {
            return null; // damaged: computed anew
        }
    }

    /// <returns>Why it could not be kept.</returns>
    private static string? TryStore(string place, string path, FeatureKey key, FeatureSet part)
    {
        try
        {
            AtomicFile.WriteText(Path.Combine(place, "key.json"),
                JsonSerializer.Serialize(key, FeatureJson.Default.FeatureKey) + "\n");
            var vectors = part.Vectors;
            var bytes = new byte[checked(vectors.Count * vectors.Dimension * sizeof(float))];
            for (var row = 0; row < vectors.Count; row++)
            {
                MemoryMarshal.AsBytes(vectors.Row(row)).CopyTo(bytes.AsSpan(row * vectors.Dimension * sizeof(float)));
            }

            AtomicFile.Write(path, stream => SafetensorsWriter.Write(stream,
                [
                    new NamedTensor("vectors", TensorType.F32, [vectors.Count, vectors.Dimension], bytes),
                    new NamedTensor("samples", TensorType.I32, [part.SampleIds.Count],
                        MemoryMarshal.AsBytes(part.SampleIds.ToArray().AsSpan()).ToArray()),
                ],
                part.Skipped.ToDictionary(reason => reason.Key.ToString(),
                    reason => reason.Value.ToString(CultureInfo.InvariantCulture))));
            return null;
        }
        catch (ClipException e)
        {
            // a full or read-only disk costs the time of computing again, not the result
            return e.InnerException?.Message ?? e.Message;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(FeatureKey))]
internal sealed partial class FeatureJson : JsonSerializerContext;
