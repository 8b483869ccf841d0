using ClipSharp.Data.Index;

namespace ClipSharp.Evaluation.Sets.Labels;

/// <summary>The labels of pictures that have several classes, or none: CLIP_benchmark's <c>multilabel</c> form, a vector of 0 and
/// 1 beside each picture. −1 is neither, as VOC's "difficult" objects are for its own measure: the picture does not count for
/// that class.</summary>
public sealed class LabelVectors
{
    /// <summary>The picture has the class.</summary>
    public const sbyte Present = 1;

    /// <summary>It has not.</summary>
    public const sbyte Absent = 0;

    /// <summary>It does not count for the class.</summary>
    public const sbyte Difficult = -1;

    private readonly sbyte[]?[] _rows;

    private LabelVectors(sbyte[]?[] rows, int classes, SkipReport skips) => (_rows, Classes, Skips) = (rows, classes, skips);

    /// <summary>Samples of the index, N.</summary>
    public int Count => _rows.Length;

    /// <summary>Classes, C.</summary>
    public int Classes { get; }

    /// <summary>Samples without labels, with their reason.</summary>
    public SkipReport Skips { get; }

    /// <summary>The labels of a sample: C times <see cref="Present"/>, <see cref="Absent"/> or <see cref="Difficult"/>; none
    /// where it is in <see cref="Skips"/>.</summary>
    public ReadOnlySpan<sbyte> this[int sample] => _rows[sample];

    /// <summary>Reads them.</summary>
    /// <param name="index">The pictures, built with <see cref="SampleNeed.Picture"/>.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">Not one sample has labels, or the disk fails (InputOutput).</exception>
    public static LabelVectors Read(SampleIndex index, CancellationToken cancel = default)
    {
        var vectors = MemberVectors.Read(index, cancel);
        var rows = new sbyte[]?[vectors.Count];
        for (var sample = 0; sample < rows.Length; sample++)
        {
            var vector = vectors[sample].ToArray();
            if (Array.FindIndex(vector, number => number is not (Present or Absent or Difficult)) is >= 0 and var odd)
            {
                vectors.Skips.Add(new Skip(SkipReason.BadText, index.Picture(sample).File.Path, index.Key(sample),
                    FormattableString.Invariant($"label {odd} is {vector[odd]}, not 0, 1 or -1")));
            }
            else if (vector.Length > 0)
            {
                rows[sample] = Array.ConvertAll(vector, number => (sbyte)number);
            }
        }

        return Array.Exists(rows, row => row is not null)
            ? new LabelVectors(rows, vectors.Length, vectors.Skips)
            : throw new ClipException(ClipError.Data, "The pictures have no labels", index.Files[0].Path,
                $"{vectors.Skips}, the first in {vectors.Skips.Examples[0]}", "a vector of 0 and 1 beside each picture",
                "Take a set of the kind \"multilabel\".");
    }
}
