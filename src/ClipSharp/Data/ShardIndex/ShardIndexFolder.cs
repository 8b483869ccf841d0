using System.Globalization;
using System.IO.Hashing;
using System.Text;
using ClipSharp.Data.Index;
using ClipSharp.Files;

namespace ClipSharp.Data.ShardIndex;

/// <summary>Where the indexes of shards are kept: beside no data, which may be read-only, but in a folder of their own, a file
/// for each shard and each way of reading it. Processes of a machine share it.</summary>
internal sealed class ShardIndexFolder
{
    private readonly string? _folder;

    /// <param name="folder">The folder; null = <c>shard-indexes</c> in ClipSharp's cache (<see cref="UserCache"/>).</param>
    /// <param name="options">How shards are read.</param>
    /// <param name="need">What a sample must have.</param>
    public ShardIndexFolder(string? folder, DataOptions options, SampleNeed need)
    {
        _folder = folder
            ?? (UserCache.Own(Environment.GetEnvironmentVariable) is { } cache ? Path.Combine(cache, "shard-indexes") : null);
        Settings = SettingsOf(options, need);
    }

    /// <summary>Hash of all that decides what is found in a shard.</summary>
    public UInt128 Settings { get; }

    /// <summary>Where the index of a shard is; null where the user has no place for caches.</summary>
    /// <param name="shard">Its full path.</param>
    public string? PathOf(string shard) => _folder is null ? null : Path.Combine(_folder,
        XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(Path.GetDirectoryName(shard)! + '\0' + Settings.ToString("x32", null)))
            .ToString("x32", CultureInfo.InvariantCulture),
        Path.GetFileName(shard) + ShardIndexFile.Ending);

    private static UInt128 SettingsOf(DataOptions options, SampleNeed need)
    {
        IEnumerable<IEnumerable<string>> settings =
        [
            [need.ToString()], options.ImageKeys, options.TextKeys, options.JsonTextKeys,
            options.JsonTextKeyProbs.Select(share => share.ToString("R", CultureInfo.InvariantCulture)),
            [options.CaptionLines.ToString()],
        ];
        return XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(
            string.Join('\x1', settings.Select(values => string.Join('\0', values)))));
    }
}
