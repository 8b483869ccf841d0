using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Tasks.ManyLabels;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>The paper's linear probe (appendix A), see <see cref="ProbeTraining"/>, on the training split, measured on the test
/// split; of a set with several labels a picture see <see cref="MultilabelProbe"/>. CLIP_benchmark's names; its probe is another
/// one (AdamW on projected features).</summary>
internal sealed class LinearProbe : IEvaluationTask, IPictureTask
{
    public string Name => EvaluationTasks.LinearProbe;

    public IEnumerable<(SampleIndex Index, FeatureLayer Layer)> Pictures(TaskData data)
    {
        var source = data.Split(data.Options.TrainSplit);
        return data.Folder.Task == EvaluationTasks.Multilabel ? MultilabelProbe.Pictures(data, source)
            : ProbeTraining.Pictures(data, source);
    }

    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(data);
        var source = data.Split(data.Options.TrainSplit);
        return data.Folder.Task == EvaluationTasks.Multilabel ? MultilabelProbe.Run(data, source, cancel)
            : new ProbeTraining(source).Run(data, cancel);
    }
}
