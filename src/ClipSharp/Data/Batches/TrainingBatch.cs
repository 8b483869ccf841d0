using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Data.Batches;

/// <summary>One step's pictures and captions, row i of each belonging together.</summary>
/// <param name="Step">k.</param>
/// <param name="Pixels">uint8 [B, 3, H, W].</param>
/// <param name="Tokens">[B, T].</param>
/// <param name="SampleIds">[B]: the samples used; where a picture was broken, the one that took its place.</param>
/// <param name="Waited">How long the taker waited for it.</param>
public sealed record TrainingBatch(long Step, PixelBatch Pixels, TokenBatch Tokens, long[] SampleIds, TimeSpan Waited);
