namespace ClipSharp.Transfer;

/// <summary>A hash that goes along with what is received.</summary>
internal interface IContentHash
{
    /// <summary>Takes more bytes.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Forgets what was appended.</summary>
    void Restart();
}
