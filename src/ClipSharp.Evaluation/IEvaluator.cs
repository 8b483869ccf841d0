namespace ClipSharp.Evaluation;

/// <summary>Turns the vectors of a task into metrics. Pure: no file, clock or console; chance only from a fixed seed.</summary>
/// <typeparam name="TTask">Vectors and what is true of them.</typeparam>
public interface IEvaluator<in TTask>
{
    /// <summary>All metrics of the task, in the order in which they are shown.</summary>
    /// <exception cref="ClipException">The task does not fit together.</exception>
    IReadOnlyList<Metric> Evaluate(TTask task, CancellationToken cancel = default);
}
