using System.Numerics.Tensors;
using ClipSharp.Host;

namespace ClipSharp.Evaluation.Probes;

/// <summary>A linear map from features to scores of classes, as a probe learns it. Features of any length, float32; the map and
/// its sums are float64.</summary>
public sealed class LinearClassifier
{
    private delegate ReadOnlySpan<float> RowOf(int index);

    /// <param name="weights">[C, D], row-major, not copied.</param>
    /// <param name="bias">[C], not copied.</param>
    /// <param name="exclusive">Whether just one class applies: probabilities are the softmax of a row's scores, else the sigmoid
    /// of each.</param>
    public LinearClassifier(double[] weights, double[] bias, bool exclusive)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(bias);
        if (bias.Length == 0 || weights.Length == 0 || weights.Length % bias.Length != 0)
        {
            throw new ArgumentException($"{weights.Length} weights for {bias.Length} classes.", nameof(weights));
        }

        (Weights, Bias, Exclusive) = (weights, bias, exclusive);
    }

    /// <summary>The coefficients, [C, D], row-major.</summary>
    public double[] Weights { get; }

    /// <summary>The intercepts, [C].</summary>
    public double[] Bias { get; }

    /// <summary>Whether just one class applies.</summary>
    public bool Exclusive { get; }

    /// <summary>C.</summary>
    public int Classes => Bias.Length;

    /// <summary>D.</summary>
    public int Dimension => Weights.Length / Bias.Length;

    /// <summary>Scores, [N, C]: not yet probabilities.</summary>
    /// <param name="features">[N, D].</param>
    /// <param name="cancel">Stops between two rows.</param>
    public Embeddings Scores(Embeddings features, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        return Map(features.Row, features.Count, features.Dimension, static _ => { }, cancel);
    }

    /// <summary>Scores of a set's rows, [N, C].</summary>
    /// <param name="set">N rows of D.</param>
    /// <param name="cancel">Stops between two rows.</param>
    public Embeddings Scores(ProbeSet set, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        return Map(set.Row, set.Count, set.Dimension, static _ => { }, cancel);
    }

    /// <summary>Probabilities, [N, C].</summary>
    /// <param name="features">[N, D].</param>
    /// <param name="cancel">Stops between two rows.</param>
    public Embeddings Probabilities(Embeddings features, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        return Map(features.Row, features.Count, features.Dimension,
            Exclusive ? scores => TensorPrimitives.SoftMax<double>(scores, scores)
                : scores => TensorPrimitives.Sigmoid<double>(scores, scores), cancel);
    }

    private Embeddings Map(RowOf rows, int count, int dimension, Action<double[]> finish, CancellationToken cancel)
    {
        if (dimension != Dimension)
        {
            throw new ArgumentException($"Features of {dimension} numbers, a classifier of {Dimension}.", nameof(dimension));
        }

        var mapped = new Embeddings(count, Classes);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Processors.Threads, CancellationToken = cancel };
        Parallel.For(0, count, options, () => (Wide: new double[Dimension], Scores: new double[Classes]), (row, _, room) =>
        {
            TensorPrimitives.ConvertTruncating(rows(row), room.Wide.AsSpan());
            for (var k = 0; k < Classes; k++)
            {
                room.Scores[k] = Bias[k]
                    + TensorPrimitives.Dot(Weights.AsSpan(k * Dimension, Dimension), room.Wide.AsSpan());
            }

            finish(room.Scores);
            TensorPrimitives.ConvertTruncating(room.Scores.AsSpan(), mapped.Writable(row));
            return room;
        }, static _ => { });
        return mapped;
    }
}
