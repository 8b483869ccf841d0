namespace ClipSharp.Data.Index;

/// <summary>One file of a shard.</summary>
/// <param name="Key">What ties the files of a sample together; no dot after the last slash.</param>
/// <param name="Extension">The rest of the name, without its dot, such as "png".</param>
/// <param name="Data">The content.</param>
public readonly record struct ShardMember(string Key, string Extension, ReadOnlyMemory<byte> Data)
{
    /// <summary>The name in the tar.</summary>
    public string Name => $"{Key}.{Extension}";
}
