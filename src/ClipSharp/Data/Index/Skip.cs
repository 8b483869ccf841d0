namespace ClipSharp.Data.Index;

/// <summary>One thing left out.</summary>
/// <param name="Reason">Why.</param>
/// <param name="File">The shard, CSV file or picture, by its path.</param>
/// <param name="Key">The sample's key, or "" where a whole shard is meant.</param>
/// <param name="Detail">More, such as the byte position; may be "".</param>
public readonly record struct Skip(SkipReason Reason, string File, string Key, string Detail)
{
    /// <summary>One line, such as "0.tar: 000123 (at byte 4096: a header of 12 bytes)"; names from the data are made
    /// harmless.</summary>
    public override string ToString() => string.Concat(
        (File + (File.EndsWith(Key, StringComparison.Ordinal) ? "" : ": " + Key) + (Detail.Length > 0 ? " (" + Detail + ")" : ""))
        .Select(c => char.IsControl(c) ? '?' : c));
}

