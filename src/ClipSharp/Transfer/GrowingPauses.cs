namespace ClipSharp.Transfer;

/// <summary>How the refusal reads when a sender never delivers.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="LaterRemedy">What to do where it asks for a wait that is too long.</param>
internal sealed record NoDelivery(ClipError Kind, string What, string Remedy, string LaterRemedy);

/// <summary>How often and after what time a request is tried again: five times, after 1, 2, 4, 8, 16 seconds or as the server
/// asks.</summary>
/// <param name="delay">Waits.</param>
/// <param name="where">For messages.</param>
/// <param name="refusal">What is said in the end.</param>
internal sealed class GrowingPauses(Func<TimeSpan, CancellationToken, Task> delay, string where, NoDelivery refusal)
{
    private const int Most = 5;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private int _failures;

    /// <summary>Something was achieved: the next fault is a first one.</summary>
    public void Reset() => _failures = 0;

    /// <summary>Waits for the next try.</summary>
    /// <exception cref="ClipException">There is none.</exception>
    public async Task WaitAsync(PassingFault fault, CancellationToken cancel)
    {
        if (_failures++ == Most)
        {
            throw Refuse($"{fault.Message}, {_failures} times in a row", refusal.Remedy, fault);
        }

        var wait = fault.Wait ?? TimeSpan.FromSeconds(1 << (_failures - 1));
        if (wait > Longest)
        {
            throw Refuse($"{fault.Message} and the wish to wait {wait.TotalSeconds:0} s", refusal.LaterRemedy, fault);
        }

        await delay(wait, cancel).ConfigureAwait(false);
    }

    /// <summary>The refusal of a sender that does not answer.</summary>
    public ClipException Refuse(string found, string remedy, Exception inner) =>
        new(refusal.Kind, refusal.What, where, found, "an answer", remedy, inner);
}
