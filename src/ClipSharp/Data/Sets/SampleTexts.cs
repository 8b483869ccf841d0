namespace ClipSharp.Data.Sets;

/// <summary>What is said of a sample.</summary>
/// <param name="Key">Its key; keys may repeat across files.</param>
/// <param name="Captions">Its captions in their order.</param>
/// <param name="CaptionShares">How often each caption is drawn in training, beside the others; empty = as the run
/// chooses.</param>
public readonly record struct SampleTexts(string Key, ReadOnlyMemory<string> Captions, ReadOnlyMemory<double> CaptionShares);
