using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks.Mpi;

/// <summary>The one thread that calls MPI, in the order in which it is asked, so that calls of all processes meet in the same
/// order, and so that data moves while others compute: MPI moves little between calls that do not block.</summary>
internal sealed class CommunicationThread : IDisposable
{
    private readonly BlockingCollection<(string What, Action Work, TaskCompletionSource Done)> _waiting = [];
    private readonly Thread _thread;
    private readonly LastCall _lastCall = new();

    public CommunicationThread()
    {
        _thread = new Thread(Work) { IsBackground = true, Name = "communication" };
        _thread.Start();
    }

    /// <summary>What is in flight or ended last, and for how long that is true.</summary>
    public (string What, bool IsInFlight, TimeSpan For) State => _lastCall.State;

    /// <summary>Does it after all that was asked before.</summary>
    /// <param name="what">What it is, for people.</param>
    /// <param name="work">The call.</param>
    public Task Later(string what, Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add((what, work, done));
        return done.Task;
    }

    /// <summary>The same, and waits.</summary>
    public void Now(string what, Action work) => Later(what, work).GetAwaiter().GetResult();

    /// <summary>Begins to count the time anew.</summary>
    public void Touch() => _lastCall.Touch();

    /// <summary>Ends the thread after what waits.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _waiting.Dispose();
    }

    private void Work()
    {
        foreach (var (what, work, done) in _waiting.GetConsumingEnumerable())
        {
            _lastCall.Begin(what);
            try
            {
                using var scope = NewDisposeScope(); // scopes are a thread's own
                work();
                done.SetResult();
            }
#pragma warning disable CA1031 // whoever waits gets it
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.SetException(e);
            }

            _lastCall.End();
        }
    }
}
