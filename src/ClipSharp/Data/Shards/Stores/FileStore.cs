using System.Globalization;
using ClipSharp.Files;
using ClipSharp.Files.Reading;
using ClipSharp.Transfer;

namespace ClipSharp.Data.Shards.Stores;

/// <summary>Files of this machine, of which only those that are packed need a store: plain ones are read in place.</summary>
internal sealed class FileStore : IShardStore
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Prefixes { get; } = [];

    /// <inheritdoc/>
    public Task<ShardState> LookAsync(string place, CancellationToken cancel)
    {
        var file = SteadyRead.Look(place, () => LinkedFile.Of(place));
        return Task.FromResult(StateOf(file.Length, file.LastWriteTimeUtc));
    }

    /// <inheritdoc/>
    public Task<RemoteContent> OpenAsync(string place, ShardState known, long from, CancellationToken cancel)
    {
        var file = new SteadyFile(place);
        var now = StateOf(file.Length, File.GetLastWriteTimeUtc(file.Handle));
        file.Position = now == known ? from : 0;
        return Task.FromResult(new RemoteContent(file, file.Position, now.Length, now.Version));
    }

    private static ShardState StateOf(long length, DateTime modified) =>
        new(length, string.Create(CultureInfo.InvariantCulture, $"{length} {modified.Ticks}"), modified);
}
