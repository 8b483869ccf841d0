using System.Net;
using ClipSharp.Host;
using ClipSharp.Torch;
using ClipSharp.Training.Ranks.Mpi;
using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks.Nccl;

/// <summary>Joins the cards of processes.</summary>
internal static class NcclLaunch
{
    // Processes of a large job begin minutes apart.
    private static readonly TimeSpan FilePatience = TimeSpan.FromMinutes(10);

    /// <summary>The cards of processes that MPI has joined.</summary>
    /// <param name="mpi">The processes.</param>
    /// <param name="device">What this process is to compute on; the first one's counts.</param>
    /// <param name="tell">Gets the watchdog's last word.</param>
    /// <returns>MPI alone, where they compute on the CPU, or where one of them has no NCCL.</returns>
    /// <exception cref="ClipException">A process has no card of its own, or NCCL fails; at all processes.</exception>
    public static ICollective Over(MpiCollective mpi, TorchDevice device, Action<string> tell)
    {
        if (mpi.Told(device.IsCpu ? "" : "cards").Length == 0)
        {
            return mpi;
        }

        NcclLibrary? nccl = null;
        mpi.RequireAll(() => nccl = NcclLibrary.Find(Environment.GetEnvironmentVariable(NcclLibrary.Variable)));
        if (mpi.Any(nccl is null)[0])
        {
            mpi.Transport += $"; cards by way of main memory: no {NcclLibrary.DefaultName} in use. {NcclLibrary.Remedy}";
            return mpi;
        }

        NcclCard? card = null;
        mpi.RequireAll(() => card = NcclCard.Of(RankLaunch.DeviceOf(TorchDevice.Cuda(0), mpi.LocalRank).Open()));
        var joined = Join(mpi, nccl!, card!, tell);
        mpi.BeforeAbort = joined.EndCalls;
        return new HostAndCards(mpi, joined);
    }

    /// <summary>The cards of processes that are joined already.</summary>
    /// <param name="host">The processes.</param>
    /// <param name="nccl">The library.</param>
    /// <param name="card">This process' card.</param>
    /// <param name="tell">Gets the watchdog's last word.</param>
    /// <exception cref="ClipException">Two processes have the same card, or NCCL fails.</exception>
    public static NcclCollective Join(ICollective host, NcclLibrary nccl, NcclCard card, Action<string> tell)
    {
        RequireCardsOfTheirOwn(host.ToldByAll(card.Name));
        var id = default(NcclId);
        host.RequireAll(() => id = host.Rank == 0 ? nccl.NewId() : default);
        return NcclCollective.Join(nccl, Told(host, id), card,
            new LaunchedRank(host.Transport, host.Rank, host.WorldSize, host.LocalRank), tell, host.Abort);
    }

    /// <summary>Processes that nothing but their cards joins.</summary>
    /// <param name="launched">What the launcher said.</param>
    /// <param name="device">What this process is to compute on.</param>
    /// <param name="folder">Where they meet: all see it.</param>
    /// <param name="tell">Gets the watchdog's last word.</param>
    /// <exception cref="ClipException">There is no NCCL or no card, it fails, or the first process does not come.</exception>
    public static ICollective Alone(LaunchedRank launched, TorchDevice device, string folder, Action<string> tell)
    {
        var nccl = NcclLibrary.Find(Environment.GetEnvironmentVariable(NcclLibrary.Variable))
            ?? throw new ClipException(ClipError.Unavailable, "No NCCL library was found", "the library path",
                $"no {NcclLibrary.DefaultName}", "NCCL 2.7 or later", NcclLibrary.Remedy);
        var card = NcclCard.Of(RankLaunch.DeviceOf(device, launched.LocalRank).Open());
        return Alone(launched, nccl, card, NcclIdFile.Of(folder, Environment.GetEnvironmentVariable), tell, ProcessEnd.Now);
    }

    /// <inheritdoc cref="Alone(LaunchedRank, TorchDevice, string, Action{string})"/>
    public static ICollective Alone(
        LaunchedRank launched, NcclLibrary nccl, NcclCard card, NcclIdFile file, Action<string> tell, Action<int> end)
    {
        var id = launched.Rank == 0 ? nccl.NewId() : file.Wait(FilePatience);
        if (launched.Rank == 0)
        {
            file.Write(id);
        }

        var joined = NcclCollective.Join(nccl, id, card, launched, tell, end);
        if (launched.Rank == 0)
        {
            file.Remove(); // all have read it, or they would not have met
        }

        var host = Dns.GetHostName();
        joined.LocalSize = joined.ToldByAll(host).Count(other => other == host);
        return joined;
    }

    /// <summary>NCCL does not take two processes on one card, and may hang.</summary>
    private static void RequireCardsOfTheirOwn(string[] cards)
    {
        for (var rank = 1; rank < cards.Length; rank++)
        {
            if (Array.IndexOf(cards, cards[rank]) is var first && first < rank)
            {
                throw new ClipException(ClipError.Config, "Two processes have the same card",
                    FormattableString.Invariant($"rank {rank}"),
                    FormattableString.Invariant($"{cards[rank]}, as rank {first} has"),
                    "a card for each process", "Start no more processes on a machine than it has cards.");
            }
        }
    }

    // The first process' id, at every process.
    private static NcclId Told(ICollective host, NcclId id)
    {
        using var letters = zeros(NcclId.Length, dtype: ScalarType.Byte);
        id.ToArray().CopyTo(letters.bytes);
        host.Broadcast(letters, 0);
        return NcclId.Of(letters.bytes);
    }
}
