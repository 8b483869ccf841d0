using ClipSharp.Transfer;

namespace ClipSharp.Data.Shards;

/// <summary>Where shards lie that are no files of this machine. It only says what a place is and delivers its bytes: going on
/// after a fault, keeping, unpacking and checking are done by whoever asks. Thread-safe.</summary>
/// <remarks>An <see cref="IOException"/> is a fault that may be gone at the next try, but for
/// <see cref="FileNotFoundException"/>: nothing is there. A <see cref="ClipException"/> will not be gone.</remarks>
public interface IShardStore
{
    /// <summary>How its places begin, such as <c>s3://</c>.</summary>
    IReadOnlyList<string> Prefixes { get; }

    /// <summary>What a place is now.</summary>
    /// <param name="place">As the user typed it.</param>
    /// <param name="cancel">Stops it.</param>
    Task<ShardState> LookAsync(string place, CancellationToken cancel);

    /// <summary>Delivers its bytes from an offset on, or all of them where it cannot go on.</summary>
    /// <param name="place">As the user typed it.</param>
    /// <param name="known">What it was when it was looked at. Bytes of another version are never put behind a part of this one:
    /// then all are delivered, and <see cref="RemoteContent.Version"/> says so.</param>
    /// <param name="from">The first byte that is wanted, from 0.</param>
    /// <param name="cancel">Stops it.</param>
    Task<RemoteContent> OpenAsync(string place, ShardState known, long from, CancellationToken cancel);

    /// <summary>The places in a folder, in ordinal order; null where the store cannot tell.</summary>
    /// <param name="folder">A place that ends in a slash.</param>
    /// <param name="cancel">Stops it.</param>
    Task<IReadOnlyList<string>?> ListAsync(string folder, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<string>?>(null);
}
