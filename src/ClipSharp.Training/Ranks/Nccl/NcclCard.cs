using System.Net;
using ClipSharp.Torch.Machine;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks.Nccl;

/// <summary>A process' card.</summary>
/// <param name="Device">As libtorch has it.</param>
/// <param name="Name">What tells it from all other cards, on other machines too.</param>
/// <param name="Holds">Whether a tensor lies on it.</param>
/// <param name="Enter">Makes it the card of the calling thread, whose default stream is then the one that libtorch
/// uses.</param>
internal sealed record NcclCard(Device Device, string Name, Func<Tensor, bool> Holds, Action Enter)
{
    /// <summary>The card that a process has opened.</summary>
    public static NcclCard Of(Device opened) => new(opened, $"{CudaDevices.UuidOf(opened)} of {Dns.GetHostName()}",
        tensor => tensor.device_type == DeviceType.CUDA && tensor.device_index == opened.index,
        CudaDevices.Entrance(opened));
}
