using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Probes.Strengths;

namespace ClipSharp.Evaluation.Tasks.ManyLabels;

/// <summary>The linear probe of a set with several labels a picture (VOC 2007 in the paper's table 10): a logistic regression a
/// label with one strength for all, chosen by mean average precision.</summary>
internal static class MultilabelProbe
{
    /// <summary>The pictures of all splits.</summary>
    public static IEnumerable<(SampleIndex Index, FeatureLayer Layer)> Pictures(TaskData data, TaskData source) =>
        new[] { data, source, LabelledFeatures.Validation(data) }.OfType<TaskData>()
            .Select(split => (split.Index(SampleNeed.Picture), LabelledFeatures.LayerOf(data)));

    public static TaskResult Run(TaskData data, TaskData source, CancellationToken cancel)
    {
        var layer = LabelledFeatures.LayerOf(data);
        var test = LabelVectorFeatures.Of(data, layer, cancel);
        var train = LabelVectorFeatures.Of(source, layer, cancel);
        var held = LabelledFeatures.Validation(data) is { } split ? LabelVectorFeatures.Of(split, layer, cancel) : null;
        if (new[] { test, held }.OfType<LabelVectorFeatures>().FirstOrDefault(part => part.Labels.Classes != train.Labels.Classes)
            is { } other)
        {
            throw new ClipException(ClipError.Data, "The splits have different labels", other.Index.Files[0].Path,
                $"{other.Labels.Classes} labels a picture", $"{train.Labels.Classes}, as in the split {data.Options.TrainSplit}",
                "Take all splits of one set.");
        }

        var all = train.Probe();
        var (fitted, chosen) = held is not null ? (all, held.Probe()) : all.Split(data.Options.ValProportion, data.Options.Seed);
        var stage = data.Stage("Fitting", "strengths", null);
        var tried = 0;
        var found = StrengthSearch.Run(fitted, chosen,
            held is null ? new StrengthOptions() : new StrengthOptions { Score = scores => Precision(held.Outcomes(scores)) },
            new Relay<StrengthTrial>(_ => stage?.Report(++tried)), cancel);
        var outcomes = test.Outcomes(found.Fit.Classifier.Scores(test.Vectors, cancel));
        return new TaskResult([LabelVectorFeatures.Measured(outcomes, "lp_")])
        {
            Settings =
            [
                MetricValue.Setting("lp_C", found.Best.C, all.Count),
                MetricValue.Setting(held is null ? "lp_val_accuracy" : "lp_val_mean_average_precision", found.Best.Score,
                    chosen.Count),
            ],
            Notes = [$"the probe learns from {all.Count} pictures, features {Spelling.Of(layer)}, {all.Dimension} numbers"],
        };
    }

    private static double Precision(Outcomes outcomes)
    {
        var metric = LabelVectorFeatures.Measured(outcomes).Metrics[0];
        var ones = new int[outcomes.Count];
        Array.Fill(ones, 1);
        return metric.Prepare(outcomes)(ones);
    }
}
