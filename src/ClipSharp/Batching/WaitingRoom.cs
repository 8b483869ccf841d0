namespace ClipSharp.Batching;

/// <summary>Room for so many pictures or tokens. Who comes first goes in first and holds no thread until then; what is larger
/// than the room goes in when it is empty.</summary>
/// <param name="size">Units that fit.</param>
internal sealed class WaitingRoom(long size)
{
    private readonly Lock _gate = new();
    private readonly Queue<(long Units, TaskCompletionSource Entrance)> _outside = new();
    private long _inside;
    private Func<Exception>? _closed;

    /// <summary>Units that fit, 1 or more.</summary>
    public long Size
    {
        get;
        set => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A room has 1 or more.");
    } = size;

    /// <summary>Ends when there is room, which is then taken until <see cref="Leave"/>.</summary>
    /// <param name="units">What comes in.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task EnterAsync(long units, CancellationToken cancel = default)
    {
        if (cancel.IsCancellationRequested)
        {
            return Task.FromCanceled(cancel);
        }

        var entrance = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_closed is not null)
            {
                return Task.FromException(_closed());
            }

            _outside.Enqueue((units, entrance));
            Admit();
        }

        return entrance.Task.IsCompleted ? entrance.Task : EntranceAsync(entrance, cancel);
    }

    /// <summary>Gives the room back.</summary>
    public void Leave(long units)
    {
        lock (_gate)
        {
            _inside -= units;
            Admit();
        }
    }

    /// <summary>Refuses all that wait outside and all that come.</summary>
    public void Close(Func<Exception> error)
    {
        lock (_gate)
        {
            _closed = error;
            foreach (var (_, entrance) in _outside)
            {
                entrance.TrySetException(error());
            }

            _outside.Clear();
        }
    }

    private async Task EntranceAsync(TaskCompletionSource entrance, CancellationToken cancel)
    {
        using var withdrawal = cancel.UnsafeRegister((_, token) =>
        {
            lock (_gate)
            {
                entrance.TrySetCanceled(token);
                Admit(); // those behind may be smaller
            }
        }, null);
        await entrance.Task.ConfigureAwait(false);
    }

    private void Admit()
    {
        while (_outside.TryPeek(out var first)
            && (first.Entrance.Task.IsCompleted || _inside == 0 || _inside + first.Units <= Size))
        {
            _outside.Dequeue();
            _inside += first.Entrance.TrySetResult() ? first.Units : 0;
        }
    }
}
