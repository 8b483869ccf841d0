using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Probes;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>A split's features and classes, as probes and neighbours learn from and are measured on.</summary>
/// <param name="Index">The samples.</param>
/// <param name="Features">Of their pictures.</param>
/// <param name="Labels">[N] classes of the rows.</param>
internal sealed record LabelledFeatures(SampleIndex Index, FeatureSet Features, int[] Labels)
{
    private static readonly string[] UsualValidation = ["val", "valid", "validation"];

    public static LabelledFeatures Of(TaskData data, FeatureLayer layer, IReadOnlyList<string>? names)
    {
        var index = data.Labelled(names);
        var features = data.EncodePictures(index, layer);
        return new LabelledFeatures(index, features, [.. features.SampleIds.Select(index.Class)]);
    }

    /// <summary>What probes learn from: as the options say, else before the last projection where the engine gives it.</summary>
    public static FeatureLayer LayerOf(TaskData data) => data.Options.ProbeFeatures
        ?? (data.Clip.Encoder.ImageFeatureDim is null ? FeatureLayer.Projected : FeatureLayer.Pooled);

    /// <summary>The set's own validation split, or null.</summary>
    public static TaskData? Validation(TaskData data) => data.Options.ValSplit is { } named
        ? data.Split(named)
        : UsualValidation.Where(name => name != data.Folder.Split && name != data.Options.TrainSplit).Select(data.TrySplit)
            .FirstOrDefault(split => split is not null);

    public ProbeSet Probe(int classes) => new(Features.Vectors, new ClassTargets(Labels, classes));
}
