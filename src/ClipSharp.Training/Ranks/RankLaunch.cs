using ClipSharp.Torch.Loading;
using ClipSharp.Training.Ranks.Mpi;

namespace ClipSharp.Training.Ranks;

/// <summary>Joins the processes that a launcher has started.</summary>
public static class RankLaunch
{
    /// <summary>The collective of this process: of one where no launcher has started several.</summary>
    /// <param name="tell">Gets the last word of a process that takes the others for hung.</param>
    /// <exception cref="ClipException">There is no MPI library; or it knows of other processes than the launcher.</exception>
    public static ICollective Join(Action<string> tell)
    {
        ArgumentNullException.ThrowIfNull(tell);
        if (LaunchedRank.Of(Environment.GetEnvironmentVariable) is not { WorldSize: > 1 } launched)
        {
            return new SingleProcess();
        }

        LibTorch.EnsureLoaded();
        return MpiCollective.Join(launched, tell);
    }
}
