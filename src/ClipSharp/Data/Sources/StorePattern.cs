using System.Text.RegularExpressions;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Shards.Caching;

namespace ClipSharp.Data.Sources;

/// <summary>Places in a store that fit a pattern: <c>*</c> within a part, <c>**</c> across them; an address that ends in a slash
/// is a folder with tars. Only where a store can tell what it holds.</summary>
internal static class StorePattern
{
    /// <summary>The places, in ordinal order; one without a pattern is itself, whether it is there or not.</summary>
    /// <param name="place">An address.</param>
    /// <exception cref="ClipException">Nothing fits, or the store cannot tell.</exception>
    public static IReadOnlyList<string> Expand(string place)
    {
        if (place.StartsWith("file://", StringComparison.OrdinalIgnoreCase))
        {
            return [new Uri(place).LocalPath];
        }

        var store = ShardStores.Of(place);
        var pattern = place.EndsWith('/') ? place + "*.tar" : place;
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        if (star < 0)
        {
            return [place];
        }

        var folder = pattern[..(pattern.LastIndexOf('/', star) + 1)];
        var held = ShardFetch.AskAsync(place, token => store.ListAsync(folder, token), CancellationToken.None)
            .GetAwaiter().GetResult()
            ?? throw new ClipException(ClipError.Usage, "A web server does not tell what it holds", ShardPlace.Shown(place), "*",
                "names", "Name the shards, as in https://host/train/{000..127}.tar.");
        var wanted = new Regex("^" + Regex.Escape(pattern).Replace(@"\*\*", ".*", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal) + "$", RegexOptions.Singleline | RegexOptions.NonBacktracking);
        return held.Where(found => wanted.IsMatch(found)).ToList() is { Count: > 0 } found ? found
            : throw new ClipException(ClipError.NoInput, "Data not found", ShardPlace.Shown(place), "nothing that fits",
                "at least one place", "Quote the pattern so that the shell leaves it alone, and check it.");
    }
}
