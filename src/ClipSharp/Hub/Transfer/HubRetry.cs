namespace ClipSharp.Hub.Transfer;

/// <summary>How often and after what time a request is tried again: five times, after 1, 2, 4, 8, 16 seconds or as the server
/// asks.</summary>
/// <param name="delay">Waits.</param>
/// <param name="where">For messages.</param>
internal sealed class HubRetry(Func<TimeSpan, CancellationToken, Task> delay, string where)
{
    private const int Most = 5;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private int _failures;

    /// <summary>Something was achieved: the next fault is a first one.</summary>
    public void Reset() => _failures = 0;

    /// <summary>Waits for the next try.</summary>
    /// <exception cref="ClipException">There is none.</exception>
    public async Task WaitAsync(HubTransientException fault, CancellationToken cancel)
    {
        if (_failures++ == Most)
        {
            throw Unavailable($"{fault.Message}, {_failures} times in a row", "Try again later; what was received is kept.",
                fault);
        }

        var wait = fault.Wait ?? TimeSpan.FromSeconds(1 << (_failures - 1));
        if (wait > Longest)
        {
            throw Unavailable($"{fault.Message} and the wish to wait {wait.TotalSeconds:0} s",
                "Try again after that time; with an access token (HF_TOKEN) the hub allows more.", fault);
        }

        await delay(wait, cancel).ConfigureAwait(false);
    }

    /// <summary>The refusal for a hub that does not answer.</summary>
    public ClipException Unavailable(string found, string remedy, Exception inner) =>
        new(ClipError.Unavailable, "The hub does not deliver", where, found, "an answer", remedy, inner);
}
