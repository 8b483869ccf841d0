using ClipSharp.Training.Ranks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace ClipSharp.Training.Optimization.Sharing;

/// <summary>Every process has all weights and all of Adam's statistics, and all sum all gradients: in buckets of some 25 MB,
/// which leave while the way back is still under way (Li et al. 2020, PyTorch Distributed, 3.2.3). Buckets are filled in the
/// order of the way back, the same on all processes.</summary>
internal sealed class GradientBuckets : IParameterSync
{
    /// <summary>Numbers of a bucket, at least one parameter.</summary>
    public const long BucketLength = 25 << 18;

    private readonly ICollective _ranks;
    private readonly List<Bucket> _buckets = [];
    private int _sent;

    /// <param name="ranks">The processes.</param>
    /// <param name="parameters">The trained ones, by name.</param>
    /// <param name="layers">Which part of a tower each belongs to.</param>
    /// <param name="bucketLength">Numbers of a bucket.</param>
    public GradientBuckets(ICollective ranks, IEnumerable<(string Name, Parameter Parameter)> parameters, TowerLayers layers,
        long bucketLength = BucketLength)
    {
        _ranks = ranks;
        var ordered = parameters.Select(p => (p.Parameter, Place: layers.FirstPart(p.Name)))
            .OrderBy(p => p.Place is null ? 2 : p.Place.Value.IsImage ? 0 : 1)
            .ThenByDescending(p => p.Place?.Part ?? 0);
        foreach (var (parameter, place) in ordered)
        {
            if (_buckets.Count == 0 || _buckets[^1].Length + parameter.numel() > bucketLength)
            {
                _buckets.Add(new Bucket());
            }

            _buckets[^1].Add(parameter, place);
        }
    }

    /// <inheritdoc/>
    public void Done(bool isImage, int part)
    {
        while (_sent < _buckets.Count && _buckets[_sent].IsComplete(isImage, part))
        {
            _buckets[_sent++].Send(_ranks);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SumGradients()
    {
        for (; _sent < _buckets.Count; _sent++)
        {
            _buckets[_sent].Send(_ranks);
        }

        _sent = 0;
        return [.. _buckets.SelectMany(bucket => bucket.Receive())];
    }

    /// <inheritdoc/>
    public double Total(double number) => number; // all have the same gradients

    /// <inheritdoc/>
    public void ShareWeights()
    {
        // All made the same update.
    }

    private sealed class Bucket
    {
        private readonly List<Parameter> _parameters = [];
        private (bool IsImage, int Part)? _last; // what the way back must have reached; null = its end
        private Tensor? _sum;
        private Task? _task;

        public long Length { get; private set; }

        public void Add(Parameter parameter, (bool IsImage, int Part)? place)
        {
            _parameters.Add(parameter);
            _last = place; // they come in the order of the way back
            Length += parameter.numel();
        }

        // The image tower goes back first.
        public bool IsComplete(bool isImage, int part) =>
            _last is { } last && (last.IsImage == isImage ? part <= last.Part : last.IsImage);

        public void Send(ICollective ranks)
        {
            using var none = no_grad();
            _sum = empty(Length, float32, _parameters[0].device).DetachFromDisposeScope();
            foreach (var (gradient, place) in Gradients())
            {
                place.copy_(gradient.view(-1));
            }

            _task = ranks.AllReduceLater(_sum, ReduceOp.Sum);
        }

        public IReadOnlyList<Tensor> Receive()
        {
            using var none = no_grad();
            _task!.GetAwaiter().GetResult();
            foreach (var (gradient, place) in Gradients())
            {
                gradient.view(-1).copy_(place);
            }

            _sum!.Dispose();
            (_sum, _task) = (null, null);
            return [.. _parameters.Select(parameter => parameter.grad!)];
        }

        // Each gradient and its place in the bucket.
        private IEnumerable<(Tensor Gradient, Tensor Place)> Gradients()
        {
            long start = 0;
            foreach (var parameter in _parameters)
            {
                using var scope = NewDisposeScope();
                if (parameter.grad is null)
                {
                    parameter.grad = zeros_like(parameter);
                }
                else if (!parameter.grad.is_contiguous())
                {
                    parameter.grad = parameter.grad.contiguous();
                }

                yield return (parameter.grad!, _sum!.narrow(0, start, parameter.numel()));
                start += parameter.numel();
            }
        }
    }
}
