using System.Numerics.Tensors;

namespace ClipSharp.Evaluation.Probes.Solver;

/// <summary>Divides a gradient by a curvature that all classes share: what L-BFGS then has still to learn is how classes and rows
/// differ from it. The optimum is the same with any.</summary>
internal sealed class Preconditioner
{
    private const double Least = 1e-12; // of the largest curvature: where the features leave a direction without any

    private readonly int _width;
    private readonly double[] _inverse; // [W, W]
    private readonly ParallelOptions _parallel;

    /// <param name="width">W.</param>
    /// <param name="parallel">Threads at most, and what stops.</param>
    public Preconditioner(int width, ParallelOptions parallel)
    {
        (_width, _parallel) = (width, parallel);
        (_inverse, Curvature) = (new double[width * width], new double[width * width]);
    }

    /// <summary>Room for the curvature, [W, W], symmetric, not negative; <see cref="Invert"/> overwrites it.</summary>
    public double[] Curvature { get; }

    /// <summary>Takes the curvature.</summary>
    public void Invert()
    {
        Factor(Curvature);
        Array.Clear(_inverse);
        Parallel.For(0, _width, _parallel, column => Solve(Curvature, column));
    }

    /// <summary>Multiplies each row by the inverse, in place.</summary>
    /// <param name="rows">[C, W].</param>
    public void Apply(double[] rows)
    {
        Parallel.For(0, rows.Length / _width, _parallel, () => new double[_width], (k, _, copy) =>
        {
            var row = rows.AsSpan(k * _width, _width);
            row.CopyTo(copy);
            for (var i = 0; i < _width; i++)
            {
                row[i] = TensorPrimitives.Dot<double>(_inverse.AsSpan(i * _width, _width), copy);
            }

            return copy;
        }, static _ => { });
    }

    // Cholesky, row by row: the lower half becomes L with L · Lᵀ = curvature.
    private void Factor(double[] a)
    {
        var least = Least * Enumerable.Range(0, _width).Max(i => a[(i * _width) + i]);
        for (var i = 0; i < _width; i++)
        {
            _parallel.CancellationToken.ThrowIfCancellationRequested();
            for (var j = 0; j <= i; j++)
            {
                var rest = a[(i * _width) + j]
                    - TensorPrimitives.Dot<double>(a.AsSpan(i * _width, j), a.AsSpan(j * _width, j));
                a[(i * _width) + j] = j < i ? rest / a[(j * _width) + j] : Math.Sqrt(Math.Max(rest, least));
            }
        }
    }

    // L · y = unit vector, then Lᵀ · x = y: a column of the inverse, which is a row as well.
    private void Solve(double[] l, int unit)
    {
        var x = _inverse.AsSpan(unit * _width, _width);
        x[unit] = 1;
        for (var i = unit; i < _width; i++)
        {
            x[i] = (x[i] - TensorPrimitives.Dot<double>(l.AsSpan((i * _width) + unit, i - unit), x[unit..i]))
                / l[(i * _width) + i];
        }

        for (var i = _width - 1; i >= 0; i--)
        {
            x[i] /= l[(i * _width) + i];
            TensorPrimitives.MultiplyAdd(l.AsSpan(i * _width, i), -x[i], x[..i], x[..i]);
        }
    }
}
