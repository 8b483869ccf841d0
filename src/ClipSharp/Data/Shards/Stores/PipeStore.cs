using System.Diagnostics;
using ClipSharp.Transfer;

namespace ClipSharp.Data.Shards.Stores;

/// <summary>Shards that a command writes to its output, as webdataset's <c>pipe:</c>: run by the shell. Whether a command may be
/// run at all is decided where the place is read (<see cref="DataOptions.AllowsCommands"/>).</summary>
internal sealed class PipeStore : IShardStore
{
    /// <summary>How such places begin.</summary>
    public const string Prefix = "pipe:";

    private static readonly ShardState Unknown = new(null, null, null);

    /// <inheritdoc/>
    public IReadOnlyList<string> Prefixes { get; } = [Prefix];

    /// <inheritdoc/>
    public Task<ShardState> LookAsync(string place, CancellationToken cancel) => Task.FromResult(Unknown);

    /// <inheritdoc/>
    public Task<RemoteContent> OpenAsync(string place, ShardState known, long from, CancellationToken cancel)
    {
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var command = place[Prefix.Length..];
        if (OperatingSystem.IsWindows())
        {
            (start.FileName, start.Arguments) = ("cmd.exe", $"/d /s /c \"{command}\"");
        }
        else
        {
            start.FileName = "/bin/sh";
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(command);
        }

        var output = new CommandOutput(Process.Start(start)!);
        return Task.FromResult(new RemoteContent(output, 0, null, null));
    }
}
