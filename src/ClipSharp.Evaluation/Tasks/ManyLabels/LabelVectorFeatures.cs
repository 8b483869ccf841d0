using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Metrics.Curves;
using ClipSharp.Evaluation.Probes;
using ClipSharp.Evaluation.Sets.Labels;

namespace ClipSharp.Evaluation.Tasks.ManyLabels;

/// <summary>A split's features and label vectors.</summary>
/// <param name="Index">The samples.</param>
/// <param name="Labels">Of the samples.</param>
/// <param name="Vectors">[N, D], of the pictures that have labels.</param>
/// <param name="SampleIds">[N].</param>
internal sealed record LabelVectorFeatures(SampleIndex Index, LabelVectors Labels, Embeddings Vectors, int[] SampleIds)
{
    /// <summary>Those of a split; pictures without labels are counted.</summary>
    public static LabelVectorFeatures Of(TaskData data, FeatureLayer layer, CancellationToken cancel)
    {
        var index = data.Index(SampleNeed.Picture);
        var labels = LabelVectors.Read(index, cancel);
        data.Skip(labels.Skips.Counts);
        var pictures = data.EncodePictures(index, layer);
        int[] rows = [.. Enumerable.Range(0, pictures.SampleIds.Count).Where(row => !labels[pictures.SampleIds[row]].IsEmpty)];
        return new LabelVectorFeatures(index, labels, pictures.Vectors.Rows(rows),
            [.. rows.Select(row => pictures.SampleIds[row])]);
    }

    /// <summary>What a probe learns from.</summary>
    public ProbeSet Probe() => new(Vectors, new LabelTargets(
        [.. SampleIds.SelectMany(sample => Labels[sample].ToArray().Select(State))], Labels.Classes));

    /// <summary>A row a picture and class; the rows of a picture are a unit.</summary>
    /// <param name="scores">[N, C].</param>
    public Outcomes Outcomes(Embeddings scores)
    {
        var (rows, units) = (new List<Outcome>(scores.Count * scores.Dimension), new List<int>(scores.Count * scores.Dimension));
        for (var row = 0; row < scores.Count; row++)
        {
            var sample = SampleIds[row];
            var truth = Labels[sample];
            for (var c = 0; c < scores.Dimension; c++)
            {
                rows.Add(new Outcome(Index.Key(sample))
                {
                    Sample = sample,
                    Class = c,
                    IsPositive = truth[c] == LabelVectors.Present,
                    IsIgnored = truth[c] == LabelVectors.Difficult,
                    Score = scores.Row(row)[c],
                });
                units.Add(row);
            }
        }

        return new Outcomes(rows, units) { ClassCount = scores.Dimension, Samples = Index };
    }

    /// <summary>The metrics of such rows.</summary>
    /// <param name="outcomes">The rows.</param>
    /// <param name="prefix">Before the names, such as "lp_" of linear probes.</param>
    public static MeasuredOutcomes Measured(Outcomes outcomes, string prefix = "") => new(outcomes,
    [
        new MeanAveragePrecision(prefix + "mean_average_precision"), new VocElevenPoint(prefix + "map_11point"),
        new MeanRocAuc(prefix + "mean_roc_auc"),
    ]);

    private static LabelState State(sbyte label) => label == LabelVectors.Present ? LabelState.Present
        : label == LabelVectors.Difficult ? LabelState.Ignored : LabelState.Absent;
}
