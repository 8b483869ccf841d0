namespace ClipSharp.Evaluation.Tasks;

/// <summary>Something that a <see cref="Benchmark"/> measures: turns features into outcomes and says which metrics are made of
/// them. It encodes nothing itself, writes nothing and draws no interval. Those that the command line knows stand in <see
/// cref="EvaluationTasks"/>; one's own is a class, given to <see cref="Benchmark.Run(IEvaluationTask, BenchmarkOptions,
/// IProgress{BenchmarkProgress}, CancellationToken)"/>.</summary>
public interface IEvaluationTask
{
    /// <summary>Its name in reports.</summary>
    string Name { get; }

    /// <summary>From features to outcomes.</summary>
    /// <param name="data">The data set as the model sees it.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The data cannot be used, or does not fit the task.</exception>
    TaskResult Run(TaskData data, CancellationToken cancel);
}
