using System.Collections.Concurrent;
using System.Numerics;
using System.Numerics.Tensors;
using ClipSharp.Evaluation.Probes.Solver;

namespace ClipSharp.Evaluation.Probes;

/// <summary>What a probe minimises: half the squared coefficients plus C times the sum of the rows' losses. Parameters are
/// [C, D + 1], row-major, the intercept of centred features behind the coefficients. A pass over the features computes scores,
/// losses and gradient of a tile before the next.</summary>
internal sealed class LogisticProblem<T> : Lbfgs.IProblem
    where T : struct, IBinaryFloatingPointIeee754<T>
{
    // Of the rows that the curvature is measured by: some for each feature; more while they cost no more than half a pass. Few
    // rows are all taken: with a third of 800 a training took twice as many iterations.
    private const int LeastSampleRows = 4096;
    private const int SampleRowsAFeature = 8;
    private const int SampleRowsAClass = 1;

    private readonly ProbeTargets _targets;
    private readonly ProbeSet _sample;
    private readonly double[] _mean;
    private readonly double _rowsASample;
    private readonly FeatureTiles<T> _tiles;
    private readonly FeatureTiles<T> _sampleTiles;
    private readonly Preconditioner _preconditioner;
    private readonly int _width;
    private readonly int _classesPadded;
    private readonly T[] _weights; // [D + 1, C padded]
    private readonly ConcurrentBag<T[]> _scores = [];

    public LogisticProblem(ProbeSet set, ParallelOptions parallel)
    {
        (_targets, _width) = (set.Targets, set.Dimension + 1);
        _classesPadded = MatrixProduct.Padded<T>(Classes);
        _weights = new T[_width * _classesPadded];
        var mean = FeatureTiles<T>.MeanOf(set);
        _mean = [.. mean.Select(double.CreateTruncating)];
        _tiles = new FeatureTiles<T>(set, mean, Classes, parallel);
        var sampled = Math.Min(set.Count, Math.Max(Math.Max(LeastSampleRows, (long)SampleRowsAFeature * _width),
            (long)SampleRowsAClass * Classes * set.Count / _width));
        _rowsASample = (double)set.Count / sampled;
        _sample = _rowsASample == 1 ? set : set.Take([.. Enumerable.Range(0, (int)sampled).Select(i => (int)(i * _rowsASample))]);
        _sampleTiles = new FeatureTiles<T>(_sample, mean, _width, parallel);
        _preconditioner = new Preconditioner(_width, parallel);
    }

    /// <summary>scikit-learn's C.</summary>
    public double C { get; set; }

    /// <summary>Numbers of all parameters.</summary>
    public int Length => Classes * _width;

    /// <summary>Passes over all features.</summary>
    public int Evaluations { get; private set; }

    public int Classes => _targets.Classes;

    /// <inheritdoc/>
    public double Evaluate(double[] point, double[] gradient)
    {
        Evaluations++;
        Lay(point);
        var sums = _tiles.Visit((first, rows, tile, sums) =>
        {
            var scores = Scores();
            sums[^1] += Losses(_targets, first, rows, tile, scores);
            _tiles.Add(scores, _classesPadded, Classes, tile, rows, sums);
            _scores.Add(scores);
        });
        var squares = 0.0;
        for (var k = 0; k < Classes; k++)
        {
            var own = gradient.AsSpan(k * _width, _width);
            var coefficients = point.AsSpan(k * _width, _width - 1);
            TensorPrimitives.Multiply(sums.AsSpan(k * _tiles.Padded, _width), C, own);
            TensorPrimitives.MultiplyAdd(coefficients, _targets.Penalty, own[..^1], own[..^1]);
            squares += TensorPrimitives.SumOfSquares<double>(coefficients);
        }

        return (_targets.Penalty * squares / 2) + (C * sums[^1]);
    }

    /// <summary>The mean curvature of a class: the features' covariance, each row weighted by how undecided it is, and the
    /// penalty.</summary>
    public void Refresh(double[] point)
    {
        Lay(point);
        var padded = _sampleTiles.Padded;
        var sums = _sampleTiles.Visit((first, rows, tile, sums) =>
        {
            var scores = Scores();
            Losses(_sample.Targets, first, rows, tile, scores);
            for (var row = 0; row < rows; row++)
            {
                // A probability's gradient is p or p - 1, its curvature p (1 - p).
                var of = scores.AsSpan(row * _classesPadded, Classes);
                var undecided = TensorPrimitives.SumOfMagnitudes<T>(of) - TensorPrimitives.SumOfSquares<T>(of);
                var weight = T.Sqrt(T.Max(undecided, T.Zero) / T.CreateTruncating(Classes));
                TensorPrimitives.Multiply(tile.AsSpan(row * padded, padded), weight, tile.AsSpan(row * padded, padded));
            }

            _scores.Add(scores);
            _sampleTiles.Add(tile, padded, _width, tile, rows, sums);
        });
        var curvature = _preconditioner.Curvature;
        for (var i = 0; i < _width; i++)
        {
            TensorPrimitives.Multiply(sums.AsSpan(i * padded, _width), C * _rowsASample, curvature.AsSpan(i * _width, _width));
            curvature[(i * _width) + i] += i < _width - 1 ? _targets.Penalty : 0;
        }

        _preconditioner.Invert();
    }

    /// <inheritdoc/>
    public void Precondition(double[] gradient) => _preconditioner.Apply(gradient);

    /// <summary>The classifier of features as they are.</summary>
    public LinearClassifier Classifier(ReadOnlySpan<double> parameters)
    {
        var (weights, bias) = (new double[Classes * _mean.Length], new double[Classes]);
        for (var k = 0; k < Classes; k++)
        {
            var own = parameters.Slice(k * _width, _width);
            own[..^1].CopyTo(weights.AsSpan(k * _mean.Length));
            bias[k] = own[^1] - TensorPrimitives.Dot(own[..^1], _mean);
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
            var own = parameters.AsSpan(k * _width, _width);
            var weights = classifier.Weights.AsSpan(k * _mean.Length, _mean.Length);
            weights.CopyTo(own);
            own[^1] = classifier.Bias[k] + TensorPrimitives.Dot<double>(weights, _mean);
        }

        return parameters;
    }

    // The scores become their gradients.
    private double Losses(ProbeTargets targets, int first, int rows, ReadOnlySpan<T> tile, Span<T> scores)
    {
        MatrixProduct.Multiply(tile, _tiles.Padded, 1, _weights, _classesPadded, scores, _classesPadded, rows, _classesPadded,
            _width);
        double loss = 0;
        for (var row = 0; row < rows; row++)
        {
            loss += targets.Loss(first + row, scores.Slice(row * _classesPadded, Classes));
        }

        return loss;
    }

    private T[] Scores() => _scores.TryTake(out var free) ? free : new T[FeatureTiles<T>.TileRows * _classesPadded];

    private void Lay(double[] parameters)
    {
        for (var k = 0; k < Classes; k++)
        {
            for (var i = 0; i < _width; i++)
            {
                _weights[(i * _classesPadded) + k] = T.CreateTruncating(parameters[(k * _width) + i]);
            }
        }
    }
}
