namespace ClipSharp.Evaluation;

/// <summary>Hands on what is told, at once and on the same thread; <see cref="Progress{T}"/> would do so from another, after the
/// work is over.</summary>
internal sealed class Relay<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
