using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks;

/// <summary>What a tensor must be that processes share; a library of collectives would read and write beside it.</summary>
internal static class SharedTensors
{
    /// <exception cref="ArgumentException">Its numbers do not lie side by side.</exception>
    public static void RequireContiguous(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!tensor.is_contiguous())
        {
            throw new ArgumentException("A tensor that processes share is contiguous.", nameof(tensor));
        }
    }

    /// <exception cref="ArgumentException">They are not the rows of all and those of one, side by side.</exception>
    public static void RequireShares(Tensor all, Tensor mine, int processes)
    {
        RequireContiguous(all);
        RequireContiguous(mine);
        if (all.numel() != mine.numel() * processes || all.dtype != mine.dtype)
        {
            throw new ArgumentException($"{all.numel()} numbers of {all.dtype} are not {processes} times {mine.numel()} of {mine.dtype}.");
        }
    }
}
