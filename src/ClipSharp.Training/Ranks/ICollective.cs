using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks;

/// <summary>The processes that train one model together, each with its rows of the batch. Rows are ordered by rank.</summary>
internal interface ICollective
{
    /// <summary>This process, from 0.</summary>
    int Rank { get; }

    /// <summary>Processes.</summary>
    int Size { get; }

    /// <summary>Everybody's rows.</summary>
    /// <param name="rows">[b, E].</param>
    /// <returns>[Size · b, E].</returns>
    Tensor AllGather(Tensor rows);

    /// <summary>The sum of what all processes say of this one's rows.</summary>
    /// <param name="rows">[Size · b, E].</param>
    /// <returns>[b, E].</returns>
    Tensor ReduceScatter(Tensor rows);

    /// <summary>The sum over all processes.</summary>
    Tensor AllReduce(Tensor value);
}

/// <summary>One process alone.</summary>
internal sealed class SingleProcess : ICollective
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public Tensor AllGather(Tensor rows) => rows;

    /// <inheritdoc/>
    public Tensor ReduceScatter(Tensor rows) => rows;

    /// <inheritdoc/>
    public Tensor AllReduce(Tensor value) => value;
}
