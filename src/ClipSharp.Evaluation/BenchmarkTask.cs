namespace ClipSharp.Evaluation;

/// <summary>What is measured.</summary>
public enum BenchmarkTask
{
    /// <summary>Naming pictures by zero-shot classification.</summary>
    ZeroShot,

    /// <summary>Finding pictures by captions and captions by pictures.</summary>
    Retrieval,
}
