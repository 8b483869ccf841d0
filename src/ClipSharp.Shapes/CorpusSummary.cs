
namespace ClipSharp.Shapes;

/// <summary>What was written.</summary>
/// <param name="Samples">Training pictures.</param>
/// <param name="ValSamples">Retrieval pictures.</param>
/// <param name="HeldoutSamples">Pictures of held-out combinations.</param>
/// <param name="Captions">Training captions.</param>
/// <param name="Shards">Tars of all splits.</param>
/// <param name="Bytes">Their size together.</param>
/// <param name="HeldOut">The combinations that training never shows.</param>
public sealed record CorpusSummary(
    int Samples, int ValSamples, int HeldoutSamples, long Captions, int Shards, long Bytes, IReadOnlyList<Combination> HeldOut);
