
namespace ClipSharp.Torch.Machine;

/// <summary>Operations of libtorch that TorchSharp does not reach and ClipSharp calls by their exported names.</summary>
/// <param name="Purpose">What they serve.</param>
/// <param name="IsAvailable">Whether all of them are there; else a slower way is taken or the feature is refused.</param>
public sealed record NativeOperationReport(string Purpose, bool IsAvailable);
