using System.Collections.Concurrent;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Ranks.Nccl;
using ClipSharp.Training.RankWorker;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Ranks.Nccl;

/// <summary>Our side of NCCL, with a stand-in on the other.</summary>
public sealed class NcclCollectiveTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_contract_holds_for_what_lies_on_cards(int count) =>
        Assert.DoesNotContain(false, NcclRanks.Run(count, (ranks, _) => CollectiveContract.Holds(ranks, CPU)));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void It_holds_for_what_has_to_go_there_and_back(int count) =>
        Assert.DoesNotContain(false, NcclRanks.Run(count, (ranks, _) => CollectiveContract.Holds(ranks, CPU), _ => false));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void It_holds_where_main_memory_has_a_way_of_its_own(int count) => Assert.DoesNotContain(false,
        ThreadRanks.Run(count, host => CollectiveContract.Holds(Joined(host, t => t.dtype != ScalarType.Int64), CPU)));

    [Fact]
    public void What_is_on_a_card_goes_by_NCCL_all_else_by_the_host() => Assert.All(ThreadRanks.Run(2, host =>
    {
        var card = NcclRanks.Card(host.Rank, tensor => tensor.dtype == ScalarType.Float32);
        var cards = NcclLaunch.Join(host, StandInNccl.Library, card, _ => { });
        using var ranks = new HostAndCards(host, cards);
        cards.EndCalls(); // from here on NCCL refuses all
        using var here = zeros(1, ScalarType.Int64);
        using var there = zeros(1, ScalarType.Float32);
        ranks.Broadcast(here, 0);
        return Record.Exception(() => ranks.Broadcast(there, 0));
    }), refused => Assert.IsType<ClipException>(refused));

    [Fact]
    public void An_error_of_a_call_is_one_line() => NcclRanks.Run(1, (ranks, id) =>
    {
        using var numbers = ones(3);
        StandInNccl.Member(id, 0).NextError = StandInNccl.SystemError;

        var refused = Assert.Throws<ClipException>(() => ranks.AllReduce(numbers, ReduceOp.Sum));

        Assert.Equal(ClipError.Unavailable, refused.Kind);
        Assert.Equal("NCCL failed (ncclAllReduce): found code 2, the stand-in's error 2, expected code 0. NCCL_DEBUG=WARN tells "
            + "more; go on with --resume latest.", refused.Message);
        return true;
    });

    [Fact]
    public void On_the_way_back_it_is_kept_for_whoever_waits() => NcclRanks.Run(1, (ranks, id) =>
    {
        using var numbers = ones(3);
        StandInNccl.Member(id, 0).NextError = StandInNccl.SystemError;

        var later = ranks.AllReduceLater(numbers, ReduceOp.Sum); // thrown here, it would end the process

        Assert.IsType<ClipException>(later.Exception!.InnerException);
        return true;
    });

    [Fact]
    public void A_group_is_ended_where_a_call_in_it_fails() => NcclRanks.Run(1, (ranks, id) =>
    {
        using var numbers = ones(3);
        StandInNccl.Member(id, 0).NextError = StandInNccl.SystemError;

        Assert.Contains("ncclSend", Assert.Throws<ClipException>(() => ranks.Shift(numbers)).Message, StringComparison.Ordinal);

        Assert.False(StandInNccl.IsInGroup);
        return true;
    });

    [Fact]
    public void What_NCCL_has_found_out_meanwhile_the_next_call_says() => NcclRanks.Run(1, (ranks, id) =>
    {
        using var numbers = ones(3);
        ranks.AllReduce(numbers, ReduceOp.Sum);
        StandInNccl.Member(id, 0).AsyncError = StandInNccl.RemoteError;

        var refused = Assert.Throws<ClipException>(() => ranks.AllReduce(numbers, ReduceOp.Sum));

        Assert.StartsWith("NCCL failed (all-reduce): found code 6, the stand-in's error 6", refused.Message,
            StringComparison.Ordinal);
        return true;
    });

    [Fact]
    public void What_it_finds_out_while_all_wait_ends_them_with_one_line()
    {
        var (told, code, member) = Waiting(ranks => ranks.Barrier(), member => member.AsyncError = StandInNccl.RemoteError);

        Assert.StartsWith("NCCL failed (all-reduce): found code 6", Assert.Single(told), StringComparison.Ordinal);
        Assert.Equal((int)ClipError.Unavailable, code);
        Assert.True(member.IsAborted); // else this test would not have ended
    }

    [Fact]
    public void A_process_that_never_comes_ends_the_others()
    {
        var (told, code, member) = Waiting(ranks =>
        {
            ranks.Patience = TimeSpan.FromSeconds(1);
            ranks.Barrier();
        }, _ => { });

        Assert.StartsWith("hung: waited for others in all-reduce for ", Assert.Single(told), StringComparison.Ordinal);
        Assert.Equal(75, code);
        Assert.True(member.IsAborted);
    }

    [Fact]
    public void Its_end_frees_what_the_library_has()
    {
        var members = NcclRanks.Run(2, (ranks, id) => StandInNccl.Member(id, ranks.Rank));

        Assert.All(members, member => Assert.Equal((true, false), (member.IsDestroyed, member.IsAborted)));
    }

    [Fact]
    public void Nothing_is_waited_for_after_a_failure() => NcclRanks.Threads(1, _ =>
    {
        var id = StandInNccl.Library.NewId();
        using (var ranks = NcclRanks.Join(id, 0, 1))
        {
            StandInNccl.Member(id, 0).AsyncError = StandInNccl.RemoteError;
            using var numbers = ones(3);
            Assert.Throws<ClipException>(() => ranks.AllReduce(numbers, ReduceOp.Sum));
        }

        var member = StandInNccl.Member(id, 0);
        Assert.Equal((false, true), (member.IsDestroyed, member.IsAborted));
        return true;
    });

    [Fact]
    public void An_id_that_nobody_gave_is_refused()
    {
        var bytes = StandInNccl.Library.NewId().ToArray();
        bytes[^1] ^= 1;

        var refused = Assert.Throws<ClipException>(() => NcclRanks.Join(NcclId.Of(bytes), 0, 1));

        Assert.StartsWith("NCCL failed (ncclCommInitRank): found code 4", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_processes_on_one_card_are_refused_by_all()
    {
        var refused = ThreadRanks.Run(3, host => Record.Exception(() =>
            NcclLaunch.Join(host, StandInNccl.Library, NcclRanks.Card(host.Rank / 2), _ => { })));

        Assert.All(refused, each => Assert.StartsWith("Two processes have the same card (rank 1): found card 0, as rank 0 has",
            Assert.IsType<ClipException>(each).Message, StringComparison.Ordinal));
    }

    private static HostAndCards Joined(ICollective host, Func<Tensor, bool> holds) =>
        new(host, NcclLaunch.Join(host, StandInNccl.Library, NcclRanks.Card(host.Rank, holds), _ => { }));

    // Two processes, of which the second never does what the first waits for.
    private static (IReadOnlyCollection<string> Told, int Code, StandInMember Member) Waiting(
        Action<NcclCollective> wait, Action<StandInMember> then)
    {
        var id = StandInNccl.Library.NewId();
        var told = new ConcurrentQueue<string>();
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var hasJoined = new ManualResetEventSlim(); // to join is to wait, too
        NcclRanks.Threads(2, rank =>
        {
            using var ranks = NcclRanks.Join(id, rank, 2, tell: told.Enqueue, end: code => ended.TrySetResult(code));
            if (rank == 1)
            {
                hasJoined.Wait();
                Assert.True(SpinWait.SpinUntil(() => StandInNccl.Member(id, 0).IsWaiting, TimeSpan.FromMinutes(1)));
                then(StandInNccl.Member(id, 0));
                return ended.Task.Result;
            }

            hasJoined.Set();
            Assert.Throws<ClipException>(() => wait(ranks)); // as nothing ends this process here
            return ended.Task.Result;
        });
        return (told, ended.Task.Result, StandInNccl.Member(id, 0));
    }
}
