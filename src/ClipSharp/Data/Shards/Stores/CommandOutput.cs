using System.Diagnostics;
using ClipSharp.Files.Reading;
using ClipSharp.Transfer;

namespace ClipSharp.Data.Shards.Stores;

/// <summary>What a command writes. Its end is an end only where the command ended well: else it is a fault, with what the command
/// said.</summary>
internal sealed class CommandOutput : ForwardStream
{
    private const int MostSaid = 500;

    private readonly Process _process;
    private readonly Stream _output;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _hasSaid = new();
    private string _said = "";
    private long _count;

    /// <param name="process">Runs, with all its streams redirected; ended with this.</param>
    public CommandOutput(Process process)
    {
        _process = process;
        _output = process.StandardOutput.BaseStream;
        process.StandardInput.Close();
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                _hasSaid.TrySetResult();
                return;
            }

            lock (_gate)
            {
                var all = $"{_said} {line.Data}".Trim();
                _said = all[Math.Max(0, all.Length - MostSaid)..]; // the end says why
            }
        };
        process.BeginErrorReadLine();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A pipe's read need not heed the token; the process, and with it the read, ends when this is disposed of.
        var count = await _output.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(cancellationToken)
            .ConfigureAwait(false);
        _count += count;
        if (count == 0)
        {
            await RequireGoodEndAsync(cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }

            _process.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task RequireGoodEndAsync(CancellationToken cancel)
    {
        await _process.WaitForExitAsync(cancel).ConfigureAwait(false);
        await _hasSaid.Task.WaitAsync(cancel).ConfigureAwait(false);
        lock (_gate)
        {
            var said = _said.Length > 0 ? $": {_said}" : "";
            if (_process.ExitCode != 0)
            {
                throw new PassingFault($"the command's exit code {_process.ExitCode}{said}");
            }

            if (_count == 0)
            {
                throw new PassingFault($"nothing from the command{said}"); // as where "|| true" hides its exit code
            }
        }
    }
}
