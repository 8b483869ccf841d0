using ClipSharp.Training.Ranks;
using ClipSharp.Training.RankWorker;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Ranks;

public sealed class CollectiveContractTests
{
    [Fact]
    public void One_process_alone_holds_the_contract() => Assert.True(CollectiveContract.Holds(new SingleProcess(), CPU));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void So_do_the_threads_that_stand_for_processes_here(int count) =>
        Assert.DoesNotContain(false, ThreadRanks.Run(count, ranks => CollectiveContract.Holds(ranks, CPU)));
}
