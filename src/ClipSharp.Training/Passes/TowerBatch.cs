using ClipSharp.Torch;
using static TorchSharp.torch;

namespace ClipSharp.Training.Passes;

/// <summary>A tower and the rows it reads in a step; micro-batches can be cut from it.</summary>
/// <param name="Input">What the first part takes.</param>
internal abstract record TowerBatch(Tensor Input)
{
    /// <summary>Rows.</summary>
    public long Count => Input.shape[0];

    /// <summary>The tower's parts in order; the last gives unit vectors [B, E].</summary>
    public abstract IReadOnlyList<Func<Tensor, Tensor>> Chain { get; }

    /// <summary>Running statistics that a forward pass in training changes.</summary>
    public abstract IEnumerable<Tensor> Statistics { get; }

    /// <summary>The rows from <paramref name="start"/> on.</summary>
    public abstract TowerBatch Slice(long start, long count);

    /// <summary>Until disposed, forward passes leave the running statistics as they are: a pass that computes something again
    /// must not count a batch twice.</summary>
    public IDisposable KeepStatistics() => new Kept([.. Statistics]);

    private sealed class Kept : IDisposable
    {
        private readonly IReadOnlyList<(Tensor Live, Tensor Before)> _statistics;

        public Kept(IReadOnlyList<Tensor> live)
        {
            using var none = no_grad();
            _statistics = [.. live.Select(tensor => (tensor, tensor.clone()))];
        }

        public void Dispose()
        {
            using var none = no_grad();
            foreach (var (live, before) in _statistics)
            {
                live.copy_(before);
                before.Dispose();
            }
        }
    }
}

/// <summary>Pictures for the image tower.</summary>
/// <param name="Model">The tower's model.</param>
/// <param name="Input">uint8 [B, 3, H, W].</param>
/// <param name="KeptPatches">int64 [B, K], or null where all patches are seen.</param>
internal sealed record PictureBatch(ClipModel Model, Tensor Input, Tensor? KeptPatches = null) : TowerBatch(Input)
{
    public override IReadOnlyList<Func<Tensor, Tensor>> Chain => Model.ImageChain(KeptPatches);

    public override IEnumerable<Tensor> Statistics => Model.NamedBuffers().Select(buffer => buffer.Buffer);

    public override TowerBatch Slice(long start, long count) =>
        this with { Input = Input.narrow(0, start, count), KeptPatches = KeptPatches?.narrow(0, start, count) };
}

/// <summary>Texts for the text tower.</summary>
/// <param name="Model">The tower's model.</param>
/// <param name="Input">int64 [B, T].</param>
/// <param name="EndPositions">int64 [B].</param>
internal sealed record TextBatch(ClipModel Model, Tensor Input, Tensor EndPositions) : TowerBatch(Input)
{
    public override IReadOnlyList<Func<Tensor, Tensor>> Chain => Model.TextChain(Input, EndPositions);

    public override IEnumerable<Tensor> Statistics => [];

    public override TowerBatch Slice(long start, long count) =>
        this with { Input = Input.narrow(0, start, count), EndPositions = EndPositions.narrow(0, start, count) };
}
