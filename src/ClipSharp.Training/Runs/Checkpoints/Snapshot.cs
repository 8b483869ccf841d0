using ClipSharp.Torch;
using ClipSharp.Weights;
using static TorchSharp.torch;

namespace ClipSharp.Training.Runs.Checkpoints;

/// <summary>A checkpoint's content in memory of its own: taken between two steps, written while training goes on. Costs the bytes
/// of weights, moments and averages in main memory, which the next snapshot uses again.</summary>
internal sealed class Snapshot
{
    private readonly Dictionary<string, byte[]> _buffers = [];

    /// <summary>The weights of the model folder: averaged where the run averages.</summary>
    public IReadOnlyList<NamedTensor> Weights { get; private set; } = [];

    /// <summary>Moments, and the live weights where the model folder holds others: averages, or matrices with what is learnt beside
    /// them.</summary>
    public IReadOnlyList<NamedTensor> Training { get; private set; } = [];

    /// <summary>Copies everything as it stands.</summary>
    /// <param name="setup">Of what.</param>
    /// <param name="isKept">False where another process keeps it: then this one only hands over its share.</param>
    public void Take(TrainingSetup setup, bool isKept)
    {
        if (!isKept)
        {
            setup.Optimizer.HandOver();
            return;
        }

        using var scope = NewDisposeScope();
        using var none = no_grad();
        var live = setup.Average is null && !setup.Model.HasLowRank
            ? []
            : setup.Model.NamedWeights().Select(w => StateDict.Named(Checkpoint.Live + w.Name, w.Value));
        Weights = [.. setup.Model.Weights(setup.Average?.State()).Select(tensor => Copy("weights/", tensor))];
        Training = [.. setup.Optimizer.State().Select(s => StateDict.Named(s.Name, s.Value)).Concat(live)
            .Select(tensor => Copy("training/", tensor))];
    }

    private NamedTensor Copy(string group, NamedTensor tensor)
    {
        if (!_buffers.TryGetValue(group + tensor.Name, out var bytes))
        {
            _buffers[group + tensor.Name] = bytes = GC.AllocateUninitializedArray<byte>(
                ArrayLength.Of($"bytes of {tensor.Name}", tensor.ByteLength));
        }

        tensor.CopyTo(bytes);
        return new NamedTensor(tensor.Name, tensor.Type, tensor.Shape, bytes);
    }
}
