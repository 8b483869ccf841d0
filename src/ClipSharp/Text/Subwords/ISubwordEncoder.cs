namespace ClipSharp.Text.Subwords;

/// <summary>Turns normalized text into ids. Any number of threads may use one.</summary>
internal interface ISubwordEncoder
{
    /// <summary>Adds the ids of a part of a text.</summary>
    /// <param name="part">Normalized, without special tokens.</param>
    /// <param name="isFirst">Whether nothing of the text comes before it.</param>
    /// <param name="ids">Receives them.</param>
    void Encode(string part, bool isFirst, List<int> ids);
}
