using ClipSharp.Evaluation.Calibration;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Metrics.Curves;
using ClipSharp.Evaluation.Metrics.Groups;

namespace ClipSharp.Evaluation.Tests.Metrics;

/// <summary>A row that counts three times is three rows.</summary>
public sealed class WeightTests
{
    private static readonly Dictionary<string, IMetric> Metrics = new IMetric[]
    {
        new TopK("acc1", 1), new TopK("acc5", 5), new MeanOfTop1And5(), new MeanPerClassRecall(), new MeanRank("mean_rank"),
        new MedianRank("median_rank"), new MeanScore("score"), new MacroF1(), new MacroF1("macro_f1_said", true), new LogLoss(),
        new BrierScore(), new CalibrationError(), new CalibrationError("ece_4", 4),
        new WorstGroup("worst", new TopK("", 1), ["Other"]), new MeanOverGroups("groups", new TopK("", 1)),
        new MeanAveragePrecision(), new VocElevenPoint(), new VocArea(), new MeanRocAuc(), new RocAuc(),
    }.ToDictionary(metric => metric.Name);

    public static TheoryData<string> Names => [.. Metrics.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_resample_equals_the_rows_written_out(string name)
    {
        var metric = Metrics[name];
        for (var seed = 0; seed < 30; seed++)
        {
            var outcomes = Rows.Random(60, metric is RocAuc ? 2 : 6, seed);
            var prepared = metric.Prepare(outcomes);
            for (var draw = 0; draw < 3; draw++)
            {
                var random = new RandomStream(seed, RandomPurpose.Resampling, draw);
                int[] times = [.. Enumerable.Range(0, outcomes.Count).Select(_ => random.NextInt32(4))];
                var written = new Outcomes([.. times.SelectMany((count, row) => Enumerable.Repeat(outcomes[row], count))])
                { ClassCount = outcomes.ClassCount, Groups = outcomes.Groups };
                Assert.Equal(metric.Value(written), prepared(times), 1e-12);
            }
        }
    }
}
