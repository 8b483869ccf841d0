using ClipSharp.Torch;
using ClipSharp.Torch.Loading;
using ClipSharp.Torch.Machine;
using ClipSharp.Training.Ranks.Mpi;
using ClipSharp.Training.Ranks.Nccl;

namespace ClipSharp.Training.Ranks;

/// <summary>Joins the processes that a launcher has started.</summary>
public static class RankLaunch
{
    /// <summary>The collective of this process: of one where no launcher has started several; else MPI's, with NCCL for what lies
    /// on cards where that is installed; or NCCL's alone, where <c>CLIPSHARP_RENDEZVOUS</c> names a folder to meet in.</summary>
    /// <param name="device">What this process is to compute on; of several, each takes the card of its number on its
    /// machine.</param>
    /// <param name="tell">Gets the last word of a process that takes the others for hung.</param>
    /// <exception cref="ClipException">There is no MPI library, or it knows of other processes than the launcher; or a library
    /// fails, or two processes have one card.</exception>
    public static ICollective Join(TorchDevice device, Action<string> tell)
    {
        ArgumentNullException.ThrowIfNull(tell);
        if (LaunchedRank.Of(Environment.GetEnvironmentVariable) is not { WorldSize: > 1 } launched)
        {
            return new SingleProcess();
        }

        LibTorch.EnsureLoaded();
        if (!device.IsCpu && Environment.GetEnvironmentVariable(NcclIdFile.Variable) is { Length: > 0 } folder)
        {
            return NcclLaunch.Alone(launched, device, folder, tell);
        }

        return NcclLaunch.Over(MpiCollective.Join(launched, tell), device, tell);
    }

    /// <summary>What one of several processes computes on: the card of its number, or the one that it was given alone.</summary>
    /// <param name="wanted">What all are to compute on.</param>
    /// <param name="localRank">Its number on its machine.</param>
    internal static TorchDevice DeviceOf(TorchDevice wanted, int localRank) =>
        wanted.IsCpu ? wanted : TorchDevice.Cuda(CudaDevices.Count == 1 ? 0 : localRank);
}
