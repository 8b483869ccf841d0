using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using ClipSharp.Data.Index;
using ClipSharp.Data.Shards.Caching;
using ClipSharp.Data.Shards.Stores;
using ClipSharp.Files.Reading;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Data.Shards;

/// <summary>Shards as plain tars of this machine, wherever they lie and however they are packed: a plain file is read in place,
/// any other from the cache, where it is brought when it is wanted or shortly before. Thread-safe.</summary>
/// <param name="options">Where the cache is and how large.</param>
internal sealed class ShardAccess(DataOptions options)
{
    private const int MostAhead = 4;
    private const int MostChanges = 3;
    private const int ShareAhead = 4; // at most a quarter of the cache waits unread
    private static readonly TimeSpan Respite = TimeSpan.FromMinutes(1); // of a store that has failed at a shard

    private static readonly FileStore Files = new();

    private readonly Lazy<CacheFolder> _cache = new(() => ShardCacheOptions.Open(options));
    private readonly ConcurrentDictionary<string, Task<Arrival>> _coming = new();
    private readonly ConcurrentDictionary<string, long> _lengths = new();
    private readonly ConcurrentDictionary<string, (long Since, ExceptionDispatchInfo Why)> _lost = new();

    /// <summary>How many bytes the cache holds.</summary>
    /// <exception cref="ClipException">There is no place for it.</exception>
    public long CacheLimit => _cache.Value.Limit;

    /// <summary>What came into the cache by this.</summary>
    public (long Shards, long Bytes) Brought => _cache.IsValueCreated ? _cache.Value.Brought : default;

    /// <summary>Why the cache is too small for what was opened from it; null where it is not.</summary>
    public string? Note => _lengths.Values.Sum() is var sum && sum > 0 && sum > _cache.Value.Limit
        ? $"the cache holds {ByteSize.Fitting(_cache.Value.Limit)} of the {ByteSize.Fitting(sum)} of these shards: what does not "
            + "fit is fetched again whenever it is read; --shard-cache-gigabytes gives it more"
        : null;

    /// <summary>Opens a shard.</summary>
    /// <param name="place">A path, an address or a command.</param>
    /// <param name="cancel">Stops the wait for it.</param>
    /// <exception cref="ClipException">It cannot be had; where nothing is there, with a <see cref="MissingShard"/>
    /// inside.</exception>
    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It cannot be unpacked.</exception>
    public LocalShard Open(string place, CancellationToken cancel = default)
    {
        if (!ShardPlace.IsRemote(place))
        {
            var stream = new SteadyFile(place);
            var plain = SampleFile.Of(stream.Handle, place); // before any byte of it is read
            if (!IsPacked(stream))
            {
                return new LocalShard(stream, plain);
            }

            stream.Dispose();
            place = Path.GetFullPath(place);
        }

        var arrival = Take(place, place, () => BringAsync(place), cancel);
        _lengths[place] = arrival.Open.Entry.Length;
        var file = new CachedShard(this, place, arrival.State, arrival.Open.Entry.Length, arrival.Open.Entry.Hash).ToFile();
        SafeFileHandle? held = arrival.Open.Handle; // its path may lead nowhere already, where others make room
        return new LocalShard(new SteadyFile(arrival.Open.Path, () => Interlocked.Exchange(ref held, null) ?? file.Open()), file);
    }

    /// <summary>Begins to bring shards that will be opened soon, as far as there is room; what fails is told when it is
    /// opened.</summary>
    /// <param name="places">The next first.</param>
    public void Prefetch(IEnumerable<string> places)
    {
        foreach (var place in places.Take(MostAhead).Where(ShardPlace.IsRemote))
        {
            Ahead(place, () => BringAsync(place));
        }
    }

    /// <summary>What the store says of a place now.</summary>
    /// <exception cref="ClipException">It does not say it.</exception>
    /// <exception cref="MissingShard">Nothing is there.</exception>
    internal static ShardState Look(string place, CancellationToken cancel)
    {
        var store = StoreOf(place);
        return ShardFetch.AskAsync(place, token => store.LookAsync(place, token), cancel).GetAwaiter().GetResult();
    }

    /// <summary>Opens a shard that was opened before, as it was then.</summary>
    /// <exception cref="FileNotFoundException">It is another one now.</exception>
    /// <exception cref="ClipException">It cannot be had (InputOutput).</exception>
    internal SafeFileHandle Reopen(CachedShard shard)
    {
        if (_lost.TryGetValue(shard.Key, out var lost) && Stopwatch.GetElapsedTime(lost.Since) < Respite)
        {
            lost.Why.Throw(); // else each of its thousands of samples would wait through all tries
        }

        try
        {
            var open = Take(shard.Key, shard.Place, () => BringAsync(shard), CancellationToken.None).Open;
            if (open.Entry.Hash == shard.Hash)
            {
                _lost.TryRemove(shard.Key, out _);
                return open.Handle;
            }

            open.Handle.Dispose();
            throw new ChangedShard();
        }
        catch (Exception e) when (e is ChangedShard or InvalidDataException or ClipException { InnerException: MissingShard })
        {
            throw new FileNotFoundException("the shard changed since it was indexed", e); // not worth another try
        }
        catch (ClipException e) when (e.Kind == ClipError.InputOutput)
        {
            _lost[shard.Key] = (Stopwatch.GetTimestamp(), ExceptionDispatchInfo.Capture(e));
            throw;
        }
        catch (ClipException e)
        {
            throw new ClipException(ClipError.InputOutput, "A shard cannot be read again", e.Where, e.Message,
                "the shard that was indexed", "Look at the place, then go on.", e);
        }
    }

    /// <summary>The same as <see cref="Prefetch(IEnumerable{string})"/> for shards that were opened before.</summary>
    internal void Prefetch(IEnumerable<CachedShard?> shards)
    {
        foreach (var shard in shards.Take(MostAhead).OfType<CachedShard>())
        {
            Ahead(shard.Key, () => BringAsync(shard));
        }
    }

    private void Ahead(string id, Func<Task<Arrival>> bring)
    {
        var waiting = _coming.Values.ToList();
        if (waiting.Count(task => !task.IsCompleted) < MostAhead
            && waiting.Where(task => task.IsCompletedSuccessfully).Sum(task => task.Result.Open.Entry.Length)
                < _cache.Value.Limit / ShareAhead)
        {
            _coming.GetOrAdd(id, _ => Task.Run(bring));
        }
    }

    // Each arrival is one reader's: a second one asks the cache anew.
    private Arrival Take(string id, string place, Func<Task<Arrival>> bring, CancellationToken cancel)
    {
        while (true)
        {
            var task = _coming.GetOrAdd(id, _ => Task.Run(bring, CancellationToken.None));
            try
            {
                var arrival = task.WaitAsync(cancel).GetAwaiter().GetResult();
                if (_coming.TryRemove(KeyValuePair.Create(id, task)))
                {
                    return arrival;
                }
            }
            catch (MissingShard e)
            {
                _coming.TryRemove(KeyValuePair.Create(id, task));
                throw new ClipException(ClipError.NoInput, "Data not found", ShardPlace.Shown(place), e.Message, "a shard",
                    "Check the place; --allow-missing-shards goes on without those that lack, and counts them.", e);
            }
            catch (Exception) when (task.IsFaulted)
            {
                _coming.TryRemove(KeyValuePair.Create(id, task));
                throw;
            }
        }
    }

    private async Task<Arrival> BringAsync(string place)
    {
        for (var changes = 1; ; changes++)
        {
            var store = StoreOf(place);
            var state = await ShardFetch.AskAsync(place, token => store.LookAsync(place, token), CancellationToken.None)
                .ConfigureAwait(false);
            try
            {
                return new Arrival(await new ShardFetch(_cache.Value)
                    .OpenAsync(store, place, state, hash: null, CancellationToken.None).ConfigureAwait(false), state);
            }
            catch (ChangedShard e) when (changes == MostChanges)
            {
                throw new ClipException(ClipError.InputOutput, "A shard changes while it is fetched", ShardPlace.Shown(place),
                    $"{changes} other ones", "one that stays", "Go on when nobody writes there.", e);
            }
            catch (ChangedShard)
            {
                // the new one, then
            }
        }
    }

    private async Task<Arrival> BringAsync(CachedShard shard) =>
        new(await new ShardFetch(_cache.Value)
            .OpenAsync(StoreOf(shard.Place), shard.Place, shard.State, shard.Hash, CancellationToken.None).ConfigureAwait(false),
            shard.State);

    private static IShardStore StoreOf(string place) => ShardPlace.IsRemote(place) ? ShardStores.Of(place) : Files;

    private static bool IsPacked(SteadyFile file)
    {
        Span<byte> head = stackalloc byte[ShardPacking.HeadLength];
        var count = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return ShardPacking.IsPacked(head[..count]);
    }

    private sealed record Arrival(OpenEntry Open, ShardState State);
}
