using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>The class of the nearest training pictures: each of k neighbours votes with exp(cosine / 0.07) (Wu et al. 2018, 3.4).
/// What has the same votes shares its places.</summary>
internal sealed class NearestNeighborVote : IEvaluationTask, IPictureTask
{
    private const double Temperature = 0.07;

    public string Name => EvaluationTasks.Neighbors;

    public IEnumerable<(SampleIndex Index, FeatureLayer Layer)> Pictures(TaskData data)
    {
        var source = data.Split(data.Options.TrainSplit);
        return LabelledFeatures.Pictures(FeatureLayer.Projected, LabelledFeatures.NamesOf(source), data, source);
    }

    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        var source = data.Split(data.Options.TrainSplit);
        var names = LabelledFeatures.NamesOf(source);
        var test = LabelledFeatures.Like(data, FeatureLayer.Projected, names);
        var train = LabelledFeatures.Of(source, FeatureLayer.Projected, names);
        var classes = 1 + Math.Max(test.Labels.Max(), train.Labels.Max());
        var neighbors = NearestNeighbors.Find(test.Features.Vectors, train.Features.Vectors, data.Options.Neighbors, cancel);
        var outcomes = ClassOutcome.Of(test.Index, test.Features.SampleIds, test.Labels, classes, new Logits(1), (row, votes) =>
        {
            votes.Clear();
            foreach (var neighbor in neighbors[row])
            {
                votes[train.Labels[neighbor.Index]] += Math.Exp((neighbor.Score - 1) / Temperature);
            }
        }, cancel);
        return new TaskResult([ZeroShotClassification.Naming(data.Grouped(outcomes), data.Folder.Set, "knn_")])
        {
            Notes = [$"{data.Options.Neighbors} neighbours among {train.Labels.Length} pictures"],
        };
    }
}
