namespace ClipSharp.Evaluation.Tasks;

/// <summary>The paper's linear probe (appendix A), see <see cref="ProbeTraining"/>, on the training split, measured on the test
/// split. CLIP_benchmark's names; its probe is another one (AdamW on projected features).</summary>
internal sealed class LinearProbe : IEvaluationTask
{
    public string Name => "linear_probe";

    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new ProbeTraining(data.Split(data.Options.TrainSplit)).Run(data, cancel);
    }
}
