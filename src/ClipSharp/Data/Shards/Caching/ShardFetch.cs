using System.Collections.Concurrent;
using ClipSharp.Data.Shards.Stores;
using ClipSharp.Files;
using ClipSharp.Transfer;

namespace ClipSharp.Data.Shards.Caching;

/// <summary>Brings a shard into the cache: fetched to the last byte, unpacked, on the disk, and only then under its
/// name.</summary>
/// <param name="folder">The cache.</param>
internal sealed class ShardFetch(CacheFolder folder)
{
    // Hashes of what places without versions delivered to this process, which takes it for theirs as long as it runs and their
    // length is what it was.
    private static readonly ConcurrentDictionary<(string Place, long? Length), string> Met = new();

    private static readonly NoDelivery Silent = new(ClipError.InputOutput, "A shard does not come",
        "Go on when it can be reached; what was received is kept. --skip-read-errors goes on without.",
        "Go on after that time; what was received is kept.");

    /// <summary>What a store says, asked again where that fails.</summary>
    /// <param name="place">About which place.</param>
    /// <param name="ask">Asks.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">It does not say it.</exception>
    /// <exception cref="MissingShard">Nothing is there.</exception>
    public static async Task<T> AskAsync<T>(string place, Func<CancellationToken, Task<T>> ask, CancellationToken cancel)
    {
        var clock = TransferTrial.Current;
        var pauses = new GrowingPauses(clock.Delay, ShardPlace.Shown(place), Silent);
        while (true)
        {
            try
            {
                return await Patience.HoldAsync(ask, clock.Patience, cancel).ConfigureAwait(false);
            }
            catch (FileNotFoundException e)
            {
                throw new MissingShard(e.Message);
            }
            catch (PassingFault fault)
            {
                await pauses.WaitAsync(fault, cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The shard, open: from the cache, or fetched. Several that want the same wait for one.</summary>
    /// <param name="store">Where it is from.</param>
    /// <param name="place">Its place there.</param>
    /// <param name="state">The version that is wanted.</param>
    /// <param name="hash">The hash of the plain tar that is wanted, which is all there is to know it by where the store knows no
    /// version; null = any.</param>
    /// <param name="cancel">Stops it; what was received stays.</param>
    /// <exception cref="ClipException">It cannot be had, or the cache cannot be written.</exception>
    /// <exception cref="InvalidDataException">It cannot be unpacked.</exception>
    /// <exception cref="ChangedShard">It is another one now.</exception>
    /// <exception cref="MissingShard">It is gone.</exception>
    public async Task<OpenEntry> OpenAsync(IShardStore store, string place, ShardState state, string? hash,
        CancellationToken cancel)
    {
        var key = Key();
        try
        {
            if (folder.TryOpen(key) is { } kept)
            {
                return kept;
            }

            DurableStorage.CreateFolder(Path.GetDirectoryName(folder.Lock(key))!);
            using var held = await LockFile.TakeAsync(folder.Lock(key), () => { }, TransferTrial.Current.Delay, cancel)
                .ConfigureAwait(false);
            // Whoever held the lock before may have fetched it.
            if (folder.TryOpen(Key()) is { } fetched)
            {
                return fetched;
            }

            folder.MakeRoom(state.Length ?? 0, ShardPlace.Shown(place));
            var opened = await (store is FileStore
                ? UnpackFileAsync(store, place, state, key, cancel)
                : FetchAsync(store, place, state, hash, key, cancel)).ConfigureAwait(false);
            folder.MakeRoom(0, ShardPlace.Shown(place)); // what was not known before counts too
            return opened;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.InputOutput, "The cache of shards cannot be written", folder.FolderPath, e.Message,
                "a writable place with enough room", "Free some space, or choose another place by --shard-cache.", e);
        }

        string Key() => CacheEntry.KeyOf(place, state.Version, hash ?? Met.GetValueOrDefault((place, state.Length)));
    }

    private async Task<OpenEntry> FetchAsync(IShardStore store, string place, ShardState state, string? wanted, string key,
        CancellationToken cancel)
    {
        var part = folder.Part(key);
        try
        {
            (long Length, string Hash) received;
            using (var stream = DurableStorage.Create(part, LockFile.Alone(FileAccess.ReadWrite)))
            {
                received.Hash = await ReceiveAsync(stream, store, place, state, cancel).ConfigureAwait(false);
                received.Length = stream.Length;
                var head = HeadOf(stream);
                if (ShardPacking.IsPacked(head))
                {
                    var unpacked = Unpack(stream, head, place, state, wanted, key);
                    DurableStorage.DeleteFile(part); // after the plain one is there
                    return unpacked;
                }
            }

            return Publish(place, state, wanted, part, received.Length, received.Hash);
        }
        catch (Exception e) when (e is ChangedShard or InvalidDataException)
        {
            DurableStorage.DeleteFile(part); // nothing to go on from
            throw;
        }
    }

    private async Task<string> ReceiveAsync(FileStream part, IShardStore store, string place, ShardState state,
        CancellationToken cancel)
    {
        var clock = TransferTrial.Current;
        var hash = new ShardHash();
        var content = new PartialFile(part, hash, state.Length, folder.Limit, (found, expected) => new ClipException(
            ClipError.InputOutput, "A shard has an unexpected length", ShardPlace.Shown(place), found, expected,
            "Try again; --shard-cache-gigabytes says how large one may be."));
        await content.ReadKeptAsync(cancel).ConfigureAwait(false);
        var pauses = new GrowingPauses(clock.Delay, ShardPlace.Shown(place), Silent);
        await new Download(pauses, clock.Patience, _ => { }).FillAsync(content, OpenFromAsync, cancel).ConfigureAwait(false);
        DurableStorage.Flush(part);
        DurableStorage.Sync(part.SafeFileHandle, part.Name);
        return hash.Finish();

        async Task<RemoteContent> OpenFromAsync(long from, CancellationToken token)
        {
            var delivered = await OpenFromStoreAsync().ConfigureAwait(false);
            if (state.Version is null || delivered.From < 0 || delivered.Version == state.Version)
            {
                return delivered;
            }

            delivered.Dispose();
            throw new ChangedShard();

            async Task<RemoteContent> OpenFromStoreAsync()
            {
                try
                {
                    return await store.OpenAsync(place, state, from, token).ConfigureAwait(false);
                }
                catch (FileNotFoundException e)
                {
                    throw new MissingShard(e.Message);
                }
            }
        }
    }

    private async Task<OpenEntry> UnpackFileAsync(IShardStore store, string place, ShardState state, string key,
        CancellationToken cancel)
    {
        using var file = await store.OpenAsync(place, state, 0, cancel).ConfigureAwait(false);
        var unpacked = Unpack(file.Body, HeadOf(file.Body), place, state, wanted: null, key);
        if (await store.LookAsync(place, cancel).ConfigureAwait(false) == state)
        {
            return unpacked;
        }

        unpacked.Handle.Dispose();
        throw new ChangedShard();
    }

    private OpenEntry Unpack(Stream packed, ReadOnlySpan<byte> head, string place, ShardState state, string? wanted, string key)
    {
        var plain = folder.Plain(key);
        try
        {
            var hash = new ShardHash();
            long length;
            using (var stream = DurableStorage.Create(plain, LockFile.Alone(FileAccess.ReadWrite)))
            {
                stream.SetLength(0);
                ShardPacking.Unpack(packed, head, stream, bytes =>
                {
                    // Before it is written: a few bytes may unpack to a disk full.
                    folder.RequireFits(stream.Position + bytes.Length, ShardPlace.Shown(place));
                    stream.Write(bytes);
                    hash.Append(bytes);
                });
                length = stream.Position;
                DurableStorage.Flush(stream);
                DurableStorage.Sync(stream.SafeFileHandle, plain);
            }

            return Publish(place, state, wanted, plain, length, hash.Finish());
        }
        finally
        {
            DurableStorage.DeleteFile(plain); // there is none where it was published
        }
    }

    // Under the name that says what it is: without a version, that is its hash.
    private OpenEntry Publish(string place, ShardState state, string? wanted, string written, long length, string hash)
    {
        if (state.Version is null)
        {
            Met[(place, state.Length)] = hash;
            if (wanted is not null && wanted != hash)
            {
                throw new ChangedShard();
            }
        }

        return folder.Publish(CacheEntry.KeyOf(place, state.Version, hash), written,
            new CacheEntry(ShardPlace.Shown(place), state.Version, length, hash));
    }

    private static byte[] HeadOf(Stream stream)
    {
        stream.Position = 0;
        var head = new byte[ShardPacking.HeadLength];
        var count = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        return head[..count];
    }
}
