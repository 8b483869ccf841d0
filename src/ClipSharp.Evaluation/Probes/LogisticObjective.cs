using System.Collections.Concurrent;
using System.Numerics;
using System.Numerics.Tensors;

namespace ClipSharp.Evaluation.Probes;

/// <summary>What a probe minimises: half the squared coefficients plus C times the sum of the rows' losses. Parameters are
/// [C, D + 1], row-major, the intercept of centred features behind the coefficients.</summary>
internal sealed class LogisticObjective<T>
    where T : struct, IBinaryFloatingPointIeee754<T>
{
    private readonly FeatureTiles<T> _tiles;
    private readonly ProbeTargets _targets;
    private readonly double _strength;
    private readonly int _classesPadded;
    private readonly T[] _weights; // [D + 1, C padded]
    private readonly double[][] _sums;
    private readonly ConcurrentBag<T[]> _scores = [];

    public LogisticObjective(ProbeSet set, double c, int? threads, CancellationToken cancel)
    {
        _tiles = new FeatureTiles<T>(set, threads, cancel);
        (_targets, _strength) = (set.Targets, c);
        _classesPadded = MatrixProduct.Padded<T>(Classes);
        _weights = new T[_tiles.Width * _classesPadded];
        _sums = _tiles.Sums(Classes);
    }

    /// <summary>Numbers of all parameters.</summary>
    public int Length => Classes * _tiles.Width;

    private int Classes => _targets.Classes;

    private ReadOnlySpan<double> Mean => _tiles.Mean;

    /// <summary>The objective.</summary>
    /// <param name="parameters">[C, D + 1].</param>
    /// <param name="gradient">[C, D + 1], written.</param>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lay(parameters);
        var sums = _tiles.Visit(_sums, (first, rows, tile, sums) =>
        {
            var scores = _scores.TryTake(out var free) ? free : new T[FeatureTiles<T>.TileRows * _classesPadded];
            sums[^1] += Losses(first, rows, tile, scores);
            _tiles.Add(scores, _classesPadded, Classes, tile, rows, sums);
            _scores.Add(scores);
        });
        var squares = 0.0;
        var width = _tiles.Width;
        for (var k = 0; k < Classes; k++)
        {
            var own = gradient.Slice(k * width, width);
            var of = parameters.Slice(k * width, width - 1);
            TensorPrimitives.Multiply(sums.AsSpan(k * _tiles.Padded, width), _strength, own);
            TensorPrimitives.MultiplyAdd(of, _targets.Penalty, own[..^1], own[..^1]);
            squares += TensorPrimitives.SumOfSquares(of);
        }

        return (_targets.Penalty * squares / 2) + (_strength * sums[^1]);
    }

    /// <summary>The mean curvature of a class at a point: the covariance of the features, each row weighted by how undecided it
    /// is there, and the penalty. [D + 1, D + 1].</summary>
    public double[] Curvature(ReadOnlySpan<double> parameters)
    {
        Lay(parameters);
        var (width, padded) = (_tiles.Width, _tiles.Padded);
        var sums = _tiles.Visit(_tiles.Sums(width), (first, rows, tile, sums) =>
        {
            var scores = new T[FeatureTiles<T>.TileRows * _classesPadded];
            Losses(first, rows, tile, scores);
            var weighted = new T[rows * padded];
            for (var row = 0; row < rows; row++)
            {
                // Of a probability p, |gradient| is p or 1 - p.
                var of = scores.AsSpan(row * _classesPadded, Classes);
                var undecided = (TensorPrimitives.SumOfMagnitudes<T>(of) - TensorPrimitives.SumOfSquares<T>(of))
                    / T.CreateTruncating(Classes);
                TensorPrimitives.Multiply(tile.AsSpan(row * padded, padded), undecided, weighted.AsSpan(row * padded, padded));
            }

            _tiles.Add(weighted, padded, width, tile, rows, sums);
        });
        var curvature = new double[width * width];
        for (var i = 0; i < width; i++)
        {
            TensorPrimitives.Multiply(sums.AsSpan(i * padded, width), _strength, curvature.AsSpan(i * width, width));
            curvature[(i * width) + i] += i < width - 1 ? _targets.Penalty : 0;
        }

        return curvature;
    }

    /// <summary>The classifier of features as they are.</summary>
    public LinearClassifier Classifier(ReadOnlySpan<double> parameters)
    {
        var (weights, bias) = (new double[Classes * Mean.Length], new double[Classes]);
        for (var k = 0; k < Classes; k++)
        {
            var own = parameters.Slice(k * _tiles.Width, _tiles.Width);
            own[..^1].CopyTo(weights.AsSpan(k * Mean.Length));
            bias[k] = own[^1] - TensorPrimitives.Dot(own[..^1], Mean);
        }

        if (_targets.Exclusive)
        {
            TensorPrimitives.Subtract(bias, TensorPrimitives.Average<double>(bias), bias);
        }

        return new LinearClassifier(weights, bias, _targets.Exclusive);
    }

    /// <summary>The parameters of a classifier.</summary>
    public double[] Parameters(LinearClassifier classifier)
    {
        var parameters = new double[Length];
        for (var k = 0; k < Classes; k++)
        {
            var own = parameters.AsSpan(k * _tiles.Width, _tiles.Width);
            var weights = classifier.Weights.AsSpan(k * Mean.Length, Mean.Length);
            weights.CopyTo(own);
            own[^1] = classifier.Bias[k] + TensorPrimitives.Dot<double>(weights, Mean);
        }

        return parameters;
    }

    private double Losses(int first, int rows, ReadOnlySpan<T> tile, Span<T> scores)
    {
        MatrixProduct.Multiply(tile, _tiles.Padded, 1, _weights, _classesPadded, scores, _classesPadded, rows, _classesPadded,
            _tiles.Width);
        double loss = 0;
        for (var row = 0; row < rows; row++)
        {
            loss += _targets.Loss(first + row, scores.Slice(row * _classesPadded, Classes));
        }

        return loss;
    }

    private void Lay(ReadOnlySpan<double> parameters)
    {
        for (var k = 0; k < Classes; k++)
        {
            for (var i = 0; i < _tiles.Width; i++)
            {
                _weights[(i * _classesPadded) + k] = T.CreateTruncating(parameters[(k * _tiles.Width) + i]);
            }
        }
    }
}
