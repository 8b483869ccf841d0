namespace ClipSharp.Evaluation.Tasks;

/// <summary>Something that a <see cref="Benchmark"/> measures: which samples and texts are encoded, and what their vectors are
/// worth. Naming and retrieval are two; one's own is a class, given to <see cref="Benchmark.Run(IEvaluationTask,
/// BenchmarkOptions, IProgress{BenchmarkProgress}, CancellationToken)"/>.</summary>
public interface IEvaluationTask
{
    /// <summary>Its name in reports.</summary>
    string Name { get; }

    /// <summary>Measures.</summary>
    /// <param name="data">The data set as the model sees it.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>The metrics, and what the report says beside them.</returns>
    /// <exception cref="ClipException">The data cannot be used, or does not fit the task.</exception>
    TaskResult Measure(TaskData data, CancellationToken cancel);
}
