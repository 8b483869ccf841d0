using ClipSharp.Host;
using ClipSharp.Torch;
using ClipSharp.Torch.Loading;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Ranks.Mpi;
using ClipSharp.Training.RankWorker;

// What tests start under mpirun: one process of several. The first argument says what it does, the last may be "cuda"; it prints
// what it found, and ends with 0 when all is right.
ProcessTuning.Apply();
LibTorch.EnsureLoaded();
var device = args is [.., "cuda"] ? TorchDevice.Cuda(0) : TorchDevice.Cpu;
args = args is [.. var before, "cuda"] ? before : args;
ICollective? ranks = null;
try
{
    // "pieces": as if a call of MPI took three numbers at most.
    ranks = args is ["pieces"]
        ? MpiCollective.Join(LaunchedRank.Of(Environment.GetEnvironmentVariable)!, Tell, mostAtOnce: 3)
        : RankLaunch.Join(device, Tell);
    var own = RankLaunch.DeviceOf(device, ranks.LocalRank);
    var isRight = (args.Length > 0 ? args[0] : "") switch
    {
        "contract" => CollectiveContract.Holds(ranks, own.Open()) && Caught(),
        "pieces" => CollectiveContract.Holds(ranks, own.Open()),
        "equal" => EqualToOneProcess.Holds(ranks, args.Length > 1 ? args[1] : "", own),
        "join" => Joined(ranks),
        "hang" => Hang(ranks),
        "steps" => Steps(ranks),
        "throw" => ranks.Rank == 1 ? throw new InvalidOperationException("rank 1 fails") : Wait(ranks),
        "die" => ranks.Rank == 1 ? Die() : Wait(ranks),
        var other => throw new ArgumentException($"{other} is not known"),
    };
    ranks.Barrier();
    ranks.Dispose();
    return isRight ? 0 : 1;
}
#pragma warning disable CA1031 // the outermost place
catch (Exception e)
#pragma warning restore CA1031
{
    Console.Error.WriteLine($"rank {ranks?.Rank} failed: {e.Message}");
    ranks?.Abort(e is ClipSharp.ClipException refused ? (int)refused.Kind : 70);
    return e is ClipSharp.ClipException refusal ? (int)refusal.Kind : 70;
}

void Tell(string line) => Console.Error.WriteLine($"rank {ranks?.Rank}: {line}");

// UCX would end the process here (see MpiLibrary).
static bool Caught()
{
    var nothing = Environment.GetEnvironmentVariable("CLIPSHARP_NO_SUCH_VARIABLE");
    try
    {
        return nothing!.Length < 0;
    }
    catch (NullReferenceException)
    {
        return true;
    }
}

static bool Joined(ICollective ranks)
{
    Console.WriteLine(ranks.Transport);
    return true;
}

static bool Hang(ICollective ranks)
{
    ranks.Barrier();
    ranks.Patience = TimeSpan.FromSeconds(2);
    if (ranks.Rank == 1)
    {
        Thread.Sleep(Timeout.Infinite);
    }

    ranks.Barrier();
    return true;
}

// Until somebody stops it.
static bool Steps(ICollective ranks)
{
    ranks.Patience = TimeSpan.FromSeconds(4);
    ranks.Barrier();
    Console.WriteLine($"in step: {ranks.Rank}");
    using var numbers = TorchSharp.torch.ones(100_000);
    while (true)
    {
        ranks.AllReduce(numbers, ReduceOp.Max);
    }
}

static bool Wait(ICollective ranks)
{
    ranks.Barrier();
    return true;
}

static bool Die()
{
    ProcessEnd.Now(137);
    return false;
}
