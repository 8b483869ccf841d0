
namespace ClipSharp.Torch.Machine;

/// <summary>A device the engine can compute on.</summary>
/// <param name="Name">As the engine calls it: "cpu", "cuda:0".</param>
/// <param name="Model">What it is.</param>
/// <param name="MemoryBytes">Its memory, null when unknown.</param>
public sealed record DeviceReport(string Name, string Model, long? MemoryBytes);
