using System.Runtime.InteropServices;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Files.Reading;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Sets.Labels;

/// <summary>The <c>.npy</c> beside each picture of an index: the labels of a set with several classes a picture, or what WILDS
/// and DataComp's fairness sets note of a picture (its region, its group). In a shard the member of the same key, in a folder the
/// file of the same name.</summary>
public sealed class MemberVectors
{
    private const string Ending = "npy";
    private const int MaxLength = 1 << 20;

    private readonly double[]?[] _rows;

    private MemberVectors(double[]?[] rows, int length, SkipReport skips) => (_rows, Length, Skips) = (rows, length, skips);

    /// <summary>Samples of the index, N.</summary>
    public int Count => _rows.Length;

    /// <summary>Numbers of one vector, L.</summary>
    public int Length { get; }

    /// <summary>Samples without a vector: NoClass where there is none, BadText where it cannot be read or has another
    /// length.</summary>
    public SkipReport Skips { get; }

    /// <summary>The vector of a sample: L numbers, or none.</summary>
    public ReadOnlySpan<double> this[int sample] => _rows[sample];

    /// <summary>Reads them, one pass over each file.</summary>
    /// <param name="index">The pictures, built with <see cref="SampleNeed.Picture"/>.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">No sample has a vector, or the disk fails (InputOutput).</exception>
    public static MemberVectors Read(SampleIndex index, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(index);
        var (rows, faults) = (new double[]?[index.Count], new string?[index.Count]);
        foreach (var samples in Enumerable.Range(0, index.Count).GroupBy(sample => index.Picture(sample).File))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                if (samples.Key.Packed is null && index.Picture(samples.First()).IsWithinFile)
                {
                    ReadShard(samples.Key, samples.ToDictionary(sample => index.Picture(sample).Offset), rows, faults);
                }
                else if (samples.Key.Packed is null)
                {
                    ReadBeside(samples.Key, samples.First(), rows, faults);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                foreach (var sample in samples)
                {
                    faults[sample] ??= e.Message;
                }
            }
        }

        var length = rows.FirstOrDefault(row => row is not null)?.Length ?? throw new ClipException(ClipError.Data,
            "The pictures have no vectors beside them", index.Files.Count > 0 ? index.Files[0].Path : "index",
            faults.FirstOrDefault(fault => fault is not null) ?? "no .npy", "a .npy beside each picture",
            "Take a set of the kind \"multilabel\".");
        return new MemberVectors(rows, length, Judged(index, rows, faults, length));
    }

    private static SkipReport Judged(SampleIndex index, double[]?[] rows, string?[] faults, int length)
    {
        var skips = new SkipReport();
        for (var sample = 0; sample < rows.Length; sample++)
        {
            if (rows[sample] is { } row && row.Length != length)
            {
                faults[sample] = FormattableString.Invariant($"{row.Length} numbers, {length} in the first");
                rows[sample] = null;
            }

            if (rows[sample] is null)
            {
                skips.Add(new Skip(faults[sample] is null ? SkipReason.NoClass : SkipReason.BadText,
                    index.Picture(sample).File.Path, index.Key(sample), faults[sample] ?? ""));
            }
        }

        return skips;
    }

    // Keys may repeat; where a picture's bytes lie tells its sample. The vector may stand before or behind it.
    private static void ReadShard(SampleFile file, Dictionary<long, int> sampleAt, double[]?[] rows, string?[] faults)
    {
        using var stream = new SteadyFile(file.Path, file.Open);
        if (!file.IsStill(stream.Handle))
        {
            throw new IOException("the file changed since it was indexed");
        }

        var tar = new TarReader(stream);
        var (key, sample, vector) = ("", -1, default(TarEntry?));
        while (tar.TryNext(out var entry))
        {
            var isPicture = sampleAt.TryGetValue(entry.Offset, out var found);
            var isRepeated = (isPicture && sample >= 0) || (IsVector(entry.Name) && vector is not null);
            if (isRepeated || KeyOf(entry.Name) != key)
            {
                (key, sample, vector) = (KeyOf(entry.Name), -1, null);
            }

            sample = isPicture ? found : sample;
            vector = IsVector(entry.Name) && entry.IsFile ? entry : vector;
            if (sample >= 0 && vector is { } member && rows[sample] is null)
            {
                (rows[sample], faults[sample]) = member.Length <= MaxLength
                    ? Parsed(Bytes(stream, member), member.Name)
                    : (null, $".{Ending} is over {MaxLength} bytes");
            }
        }
    }

    private static void ReadBeside(SampleFile file, int sample, double[]?[] rows, string?[] faults)
    {
        var path = Path.ChangeExtension(file.Path, Ending);
        if (path != file.Path && File.Exists(path))
        {
            (rows[sample], faults[sample]) = SteadyRead.Look(path, () => new FileInfo(path).Length) <= MaxLength
                ? Parsed(SteadyRead.All(path), path)
                : (null, $".{Ending} is over {MaxLength} bytes");
        }
    }

    private static byte[] Bytes(Stream stream, TarEntry member)
    {
        var bytes = new byte[member.Length];
        stream.Position = member.Offset;
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static (double[]? Row, string? Fault) Parsed(byte[] bytes, string name)
    {
        try
        {
            var array = Npy.Parse(bytes, name);
            var numbers = Numbers(array);
            return numbers.Length > 0 ? (numbers, null) : (null, $".{Ending} is empty");
        }
        catch (ClipException e) when (e.Kind == ClipError.Data)
        {
            return (null, e.Message);
        }
    }

    private static double[] Numbers(NpyArray array) => array.Type switch
    {
        TensorType.Bool or TensorType.U8 => Widened<byte>(array.Bytes, x => x),
        TensorType.I8 => Widened<sbyte>(array.Bytes, x => x),
        TensorType.I16 => Widened<short>(array.Bytes, x => x),
        TensorType.I32 => Widened<int>(array.Bytes, x => x),
        TensorType.I64 => Widened<long>(array.Bytes, x => x),
        TensorType.F16 => Widened<Half>(array.Bytes, x => (double)x),
        TensorType.F32 => Widened<float>(array.Bytes, x => x),
        _ => Widened<double>(array.Bytes, x => x),
    };

    private static double[] Widened<T>(byte[] bytes, Func<T, double> widen)
        where T : struct => [.. MemoryMarshal.Cast<byte, T>(bytes).ToArray().Select(widen)];

    private static string KeyOf(string name)
    {
        var dot = name.IndexOf('.', name.LastIndexOf('/') + 1);
        return dot < 0 ? name : name[..dot];
    }

    private static bool IsVector(string name) => name.EndsWith("." + Ending, StringComparison.OrdinalIgnoreCase);
}
