using System.Numerics;

namespace ClipSharp.Training.Tests.Ranks.Nccl;

/// <summary>What a process asks of <see cref="StandInNccl"/>.</summary>
internal sealed record StandInCall(
    string Name, nint From = 0, nint To = 0, nuint Count = 0, int Type = 0, int Operation = 0, int Peer = 0)
{
    public StandInMember? By { get; init; }

    public IReadOnlyList<StandInCall> Inner { get; init; } = [];

    public int Bytes => (int)Count * Type switch
    {
        0 or 1 => 1,
        6 or 9 => 2,
        2 or 3 or 7 => 4,
        _ => 8,
    };
}

/// <summary>A process in a group of them.</summary>
internal sealed class StandInMember(StandInGroup group, int rank)
{
    /// <summary>What its next call gives.</summary>
    public int NextError;

    public StandInGroup Group => group;

    public int Rank => rank;

    public int AsyncError { get; set; }

    /// <summary>Whether it waits for others.</summary>
    public bool IsWaiting { get; set; }

    public bool IsAborted { get; private set; }

    public bool IsDestroyed { get; set; }

    public void Abort()
    {
        lock (group)
        {
            IsAborted = true;
            Monitor.PulseAll(group);
        }
    }
}

/// <summary>Processes that share an id: each puts down what it asks, the last does it for all.</summary>
internal sealed unsafe class StandInGroup
{
    private StandInCall?[] _asked = [];
    private int _round;
    private int _result;

    public StandInMember?[] Members { get; private set; } = [];

    public StandInMember? Join(int rank, int processes)
    {
        lock (this)
        {
            if (Members.Length == 0)
            {
                (Members, _asked) = (new StandInMember[processes], new StandInCall[processes]);
            }

            return Members.Length == processes && Members[rank] is null ? Members[rank] = new StandInMember(this, rank) : null;
        }
    }

    /// <summary>Waits for all others, or until it is aborted.</summary>
    /// <returns>An error's code, or 0.</returns>
    public int Meet(StandInMember member, StandInCall call)
    {
        lock (this)
        {
            _asked[member.Rank] = call;
            if (!_asked.Contains(null))
            {
                _result = Do([.. _asked.Select(asked => asked!)]);
                Array.Clear(_asked);
                _round++;
                Monitor.PulseAll(this);
                return _result;
            }

            member.IsWaiting = true;
            for (var mine = _round; mine == _round;)
            {
                if (member.IsAborted)
                {
                    return StandInNccl.RemoteError;
                }

                Monitor.Wait(this);
            }

            member.IsWaiting = false;
            return _result;
        }
    }

    private static int Do(StandInCall[] calls)
    {
        var first = calls[0];
        var n = calls.Length;
        if (calls.Any(call => (call.Name, call.Count, call.Type, call.Operation) != (first.Name, first.Count, first.Type,
            first.Operation)) || (first.Name == "broadcast" && calls.Any(call => call.Peer != first.Peer)))
        {
            return StandInNccl.InvalidUsage;
        }

        // How much is read and written, and where what is written must begin if it is read too.
        var (read, written, step) = first.Name switch
        {
            "all-gather" => (first.Bytes, n * first.Bytes, -first.Bytes),
            "reduce-scatter" => (n * first.Bytes, first.Bytes, first.Bytes),
            _ => (first.Bytes, first.Bytes, 0),
        };
        for (var rank = 0; rank < n; rank++)
        {
            var (from, to) = (calls[rank].From, calls[rank].To);
            if (from < to + written && to < from + read && to != from + (rank * step))
            {
                return StandInNccl.InvalidArgument;
            }
        }

        switch (first.Name)
        {
            case "group":
                return Exchange(calls);
            case "broadcast":
                var told = Copy(calls[first.Peer].From, read);
                return Each((_, call) => Write(call.To, told));
            case "all-gather":
                byte[] all = [.. calls.SelectMany(call => Copy(call.From, read))];
                return Each((_, call) => Write(call.To, all));
            case "all-reduce":
                var reduced = Reduce(calls, read);
                return Each((_, call) => Write(call.To, reduced));
            case "reduce-scatter":
                var whole = Reduce(calls, read);
                return Each((rank, call) => Write(call.To, whole.AsSpan(rank * written, written)));
            default:
                return 0;
        }

        int Each(Action<int, StandInCall> write)
        {
            for (var rank = 0; rank < n; rank++)
            {
                write(rank, calls[rank]);
            }

            return 0;
        }
    }

    private static int Exchange(StandInCall[] calls)
    {
        var sent = new Dictionary<(int From, int To), byte[]>();
        for (var rank = 0; rank < calls.Length; rank++)
        {
            foreach (var call in calls[rank].Inner.Where(call => call.Name == "send"))
            {
                sent[(rank, call.Peer)] = Copy(call.From, call.Bytes);
            }
        }

        for (var rank = 0; rank < calls.Length; rank++)
        {
            foreach (var call in calls[rank].Inner.Where(call => call.Name == "receive"))
            {
                if (!sent.Remove((call.Peer, rank), out var bytes) || bytes.Length != call.Bytes)
                {
                    return StandInNccl.InvalidUsage;
                }

                Write(call.To, bytes);
            }
        }

        return sent.Count == 0 ? 0 : StandInNccl.InvalidUsage;
    }

    private static byte[] Reduce(StandInCall[] calls, int bytes) => calls[0].Type switch
    {
        2 => Reduce<int>(calls, bytes),
        4 => Reduce<long>(calls, bytes),
        7 => Reduce<float>(calls, bytes),
        8 => Reduce<double>(calls, bytes),
        var other => throw new NotSupportedException($"type {other}"),
    };

    private static byte[] Reduce<T>(StandInCall[] calls, int bytes)
        where T : unmanaged, INumber<T>
    {
        var result = Copy(calls[0].From, bytes);
        fixed (byte* start = result)
        {
            var numbers = new Span<T>(start, bytes / sizeof(T));
            foreach (var call in calls[1..])
            {
                var others = new ReadOnlySpan<T>((void*)call.From, numbers.Length);
                for (var i = 0; i < numbers.Length; i++)
                {
                    numbers[i] = call.Operation switch
                    {
                        0 => numbers[i] + others[i],
                        2 => T.Max(numbers[i], others[i]),
                        3 => T.Min(numbers[i], others[i]),
                        var other => throw new NotSupportedException($"operation {other}"),
                    };
                }
            }
        }

        return result;
    }

    private static byte[] Copy(nint from, int bytes) => new ReadOnlySpan<byte>((void*)from, bytes).ToArray();

    private static void Write(nint to, ReadOnlySpan<byte> bytes) => bytes.CopyTo(new Span<byte>((void*)to, bytes.Length));
}
