using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Probes;
using ClipSharp.Evaluation.Sets.Labels;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>A split's features and classes, as probes and neighbours learn from and are measured on.</summary>
/// <param name="Index">The samples.</param>
/// <param name="Features">Of their pictures.</param>
/// <param name="Labels">[N] classes of the rows.</param>
internal sealed record LabelledFeatures(SampleIndex Index, FeatureSet Features, int[] Labels)
{
    private static readonly string[] UsualValidation = ["val", "valid", "validation"];

    /// <summary>Those of a split.</summary>
    /// <param name="data">The split.</param>
    /// <param name="layer">Where features are taken.</param>
    /// <param name="names">By which names in a table or of folders become numbers; null = its own.</param>
    public static LabelledFeatures Of(TaskData data, FeatureLayer layer, IReadOnlyList<string>? names)
    {
        var index = data.Labelled(names);
        var features = data.EncodePictures(index, layer);
        return new LabelledFeatures(index, features, [.. features.SampleIds.Select(index.Class)]);
    }

    /// <summary>The pictures of splits, as <see cref="Of"/> reads them.</summary>
    public static IEnumerable<(SampleIndex Index, FeatureLayer Layer)> Pictures(FeatureLayer layer,
        IReadOnlyList<string>? names, params IEnumerable<TaskData> splits) =>
        splits.Select(split => (split.Labelled(names), layer));

    /// <summary>The names that a split's folders or table give to classes; null = its classes are numbers.</summary>
    public static IReadOnlyList<string>? NamesOf(TaskData data) =>
        ClassData.Open(data.Folder.Data, data.Options.DataOptions).Names;

    /// <summary>Those of a split that is measured, its classes by the names of the split that was learned from.</summary>
    /// <exception cref="ClipException">It has a class that the other has not.</exception>
    public static LabelledFeatures Like(TaskData data, FeatureLayer layer, IReadOnlyList<string>? learned)
    {
        if (learned is not null && NamesOf(data)?.Except(learned).FirstOrDefault() is { } stranger)
        {
            throw new ClipException(ClipError.Data, "A split has a class that was not learned", data.Folder.Data, stranger,
                $"one of the {learned.Count} classes of the split that is learned from", "Compare both splits.");
        }

        return Of(data, layer, learned);
    }

    /// <summary>What probes learn from: as the options say, else before the last projection where the engine gives it.</summary>
    public static FeatureLayer LayerOf(TaskData data) => data.Options.ProbeFeatures
        ?? (data.Clip.Encoder.ImageFeatureDim is null ? FeatureLayer.Projected : FeatureLayer.Pooled);

    /// <summary>The set's own validation split, or null.</summary>
    public static TaskData? Validation(TaskData data) => data.Options.ValSplit is { } named
        ? data.Split(named)
        : UsualValidation.Where(name => name != data.Folder.Split && name != data.Options.TrainSplit).Select(data.TrySplit)
            .FirstOrDefault(split => split is not null);

    /// <summary>Some rows.</summary>
    public LabelledFeatures Take(int[] rows) => this with
    {
        Features = Features with
        {
            Vectors = Features.Vectors.Rows(rows),
            SampleIds = [.. rows.Select(row => Features.SampleIds[row])],
        },
        Labels = [.. rows.Select(row => Labels[row])],
    };

    public ProbeSet Probe(int classes) => new(Features.Vectors, new ClassTargets(Labels, classes));
}
