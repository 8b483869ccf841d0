using ClipSharp.Data.Shards.Stores;

namespace ClipSharp.Data.Shards;

/// <summary>The stores that this process knows: HTTP, commands, and those that were added.</summary>
public static class ShardStores
{
    private static volatile IShardStore[] _stores = [new HttpStore(), new PipeStore()];

    /// <summary>Adds a store, before those that are known; for all threads, from now on.</summary>
    /// <param name="store">Such as <c>S3Store</c> of <c>ClipSharp.Data.S3</c>. One of the same kind takes the place of the
    /// former.</param>
    public static void Add(IShardStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _stores = [store, .. _stores.Where(known => known.GetType() != store.GetType())];
    }

    /// <summary>The store of a place that is no path.</summary>
    /// <exception cref="ClipException">There is none.</exception>
    internal static IShardStore Of(string place) =>
        Array.Find(_stores, store => store.Prefixes.Any(prefix => place.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
        ?? throw new ClipException(ClipError.Usage, "Shards are not read from there", ShardPlace.Shown(place),
            "an address of another kind", $"a path, or one of {string.Join(", ", _stores.SelectMany(store => store.Prefixes))}",
            place.StartsWith("s3://", StringComparison.OrdinalIgnoreCase)
                ? "Add the package ClipSharp.Data.S3, and the line S3Store.Add() where the program begins."
                : "Let a program fetch it: pipe:COMMAND, with a command that writes the shard to its output.");
}
