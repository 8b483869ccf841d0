using ClipSharp.Batching;

namespace ClipSharp.Tests.Batching;

public sealed class WaitingRoomTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_gives_up_lets_in_those_behind_for_whom_there_is_room()
    {
        var room = new WaitingRoom(4);
        await room.EnterAsync(3, Now);
        using var giveUp = new CancellationTokenSource();
        var (large, small) = (room.EnterAsync(2, giveUp.Token), room.EnterAsync(1, Now));
        Assert.False(small.IsCompleted); // nobody overtakes

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small; // though nobody has left
        var next = room.EnterAsync(1, Now);
        Assert.False(next.IsCompleted);
        room.Leave(1);
        await next;
    }

    [Fact]
    public async Task A_closed_room_refuses_those_outside_and_those_who_come()
    {
        var room = new WaitingRoom(1);
        await room.EnterAsync(1, Now);
        var outside = room.EnterAsync(1, Now);

        room.Close(() => new ObjectDisposedException("room"));

        await Assert.ThrowsAsync<ObjectDisposedException>(() => outside);
        room.Leave(1);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => room.EnterAsync(1, Now));
    }
}
