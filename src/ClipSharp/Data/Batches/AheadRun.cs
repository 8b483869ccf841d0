using System.Runtime.ExceptionServices;
using ClipSharp.Data.Sets;

namespace ClipSharp.Data.Batches;

/// <summary>Samples that are read ahead for some places of batches; given back when the last of these places is filled.
/// Thread-safe.</summary>
/// <param name="bytes">What they take.</param>
/// <param name="uses">For how many places.</param>
/// <param name="givenBack">Told when the last place is filled.</param>
internal sealed class AheadRun(long bytes, int uses, Action<AheadRun> givenBack) : IDisposable
{
    private readonly object _gate = new();
    private SampleRun? _run;
    private ExceptionDispatchInfo? _error;
    private bool _isRead;
    private int _uses = uses;

    /// <summary>What they take.</summary>
    public long Bytes => bytes;

    /// <summary>Reads them, unless nobody wants them any more.</summary>
    public void Read(Func<SampleRun?> read)
    {
        SampleRun? run = null;
        ExceptionDispatchInfo? error = null;
        try
        {
            run = read();
        }
        catch (Exception e)
        {
            error = ExceptionDispatchInfo.Capture(e); // told where the samples are wanted
        }

        lock (_gate)
        {
            (_run, _error, _isRead) = (run, error, true);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The samples, once they are read; null where each must be read by itself.</summary>
    public SampleRun? Wait()
    {
        lock (_gate)
        {
            while (!_isRead)
            {
                Monitor.Wait(_gate);
            }

            _error?.Throw();
            return _run;
        }
    }

    /// <summary>One place is filled.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _uses) == 0)
        {
            Dispose();
            givenBack(this);
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _run?.Dispose();
            (_run, _isRead) = (null, true);
            Monitor.PulseAll(_gate);
        }
    }
}
