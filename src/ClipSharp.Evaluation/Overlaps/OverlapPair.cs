namespace ClipSharp.Evaluation.Overlaps;

/// <summary>A training picture that a test picture may be a copy of.</summary>
/// <param name="Training">The training picture.</param>
/// <param name="Cosine">The cosine of both by the model, −1 to 1.</param>
/// <param name="HashDistance">How many bits of their perceptual hashes differ, 0 to 255.</param>
/// <param name="IsIdentical">Whether size and pixels are equal.</param>
public sealed record OverlapPair(OverlapPicture Training, float Cosine, int HashDistance, bool IsIdentical);
