using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Calibration;
using ClipSharp.Evaluation.Features;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>How far probabilities of zero-shot naming can be believed: calibration error, Brier score and log-loss at the model's
/// own scale, and at one temperature that is fitted on held-out pictures (the validation split, else the training split); the
/// area below the risk over the coverage; and the probability below which "none of these" is said so that half the pictures are
/// answered, chosen on the held-out pictures too. Probabilities are those of choosing among the names, of sigmoid models
/// too.</summary>
internal sealed class ZeroShotCalibration : IEvaluationTask, IPictureTask
{
    private const double AnsweredShare = 0.5;

    public string Name => EvaluationTasks.Calibration;

    public IEnumerable<(SampleIndex Index, FeatureLayer Layer)> Pictures(TaskData data) =>
        LabelledFeatures.Pictures(FeatureLayer.Projected, data.LabelNames(), HeldOut(data), data);

    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        var set = data.SetClassifier();
        var classifier = set.Classifier.Weights;
        var logits = data.Clip.Logits.Softmax();
        var held = LabelledFeatures.Of(HeldOut(data), FeatureLayer.Projected, set.LabelNames);
        var test = LabelledFeatures.Of(data, FeatureLayer.Projected, set.LabelNames);
        var fit = TemperatureScaling.Fit(held.Labels, classifier.Count, (row, into) =>
        {
            var cosines = new float[classifier.Count];
            DotProducts.Block(held.Features.Vectors, row, 1, classifier, 0, classifier.Count, cosines);
            for (var c = 0; c < cosines.Length; c++)
            {
                into[c] = logits.Of(cosines[c]);
            }
        }, cancel);
        var scaled = Outcomes(held, logits.DividedBy(fit.Temperature));
        var threshold = new CoverageRisk(scaled).ForCoverage(AnsweredShare).Threshold;
        var measured = Outcomes(test, logits.DividedBy(fit.Temperature));
        var risks = new CoverageRisk(measured);
        var answered = risks.At(threshold);
        return set.Told(data,
        [
            new MeasuredOutcomes(Outcomes(test, logits),
                [new CalibrationError("ece_15"), new BrierScore("brier"), new LogLoss("log_loss")]),
            new MeasuredOutcomes(measured, [new CalibrationError("scaled_ece_15"), new BrierScore("scaled_brier"),
                new LogLoss("scaled_log_loss")]),
        ]) with
        {
            WeightsKey = data.Clip.WeightsKey,
            Settings =
            [
                MetricValue.Setting("temperature", fit.Temperature, held.Labels.Length),
                MetricValue.Setting("risk_coverage_area", risks.Area, measured.Count),
                MetricValue.Setting("none_of_these_below", threshold, held.Labels.Length),
                MetricValue.Setting("answered", answered.Coverage, measured.Count),
                MetricValue.Setting("acc1_of_answered", 1 - answered.Risk, measured.Count),
            ],
        };

        Outcomes Outcomes(LabelledFeatures split, Logits by) => ZeroShotClassification.OfVectors(split.Features.Vectors,
            split.Labels, classifier, by, split.Index, split.Features.SampleIds, cancel);
    }

    private static TaskData HeldOut(TaskData data) => LabelledFeatures.Validation(data) ?? data.Split(data.Options.TrainSplit);
}
