using System.Numerics.Tensors;

namespace ClipSharp.Evaluation.Probes;

/// <summary>Limited-memory BFGS (Nocedal and Wright, algorithms 7.4 and 7.5) for a smooth convex function, with a preconditioner in
/// place of the scaled identity, and a line search by secants of the slope.</summary>
/// <param name="evaluate">The function at a point; writes its gradient.</param>
/// <param name="precondition">Multiplies a gradient by a first inverse of the curvature, in place; symmetric, positive.</param>
/// <param name="noise">How far values are off, as a share of them.</param>
internal sealed class Lbfgs(Lbfgs.Function evaluate, Action<double[]> precondition, double noise)
{
    private const int Memory = 10;
    private const int MostTrials = 30; // of one line search
    private const double Left = 0.9; // of a slope at most is left where a step ends, before the lowest point
    private const double Beyond = 0.5; // and behind it

    private readonly List<Pair> _pairs = [];

    public delegate double Function(ReadOnlySpan<double> point, Span<double> gradient);

    /// <summary>Minimises from a point.</summary>
    /// <param name="start">Not changed.</param>
    /// <param name="most">Iterations at most.</param>
    /// <param name="enough">Gets the gain that the quadratic model still sees; true ends.</param>
    /// <param name="step">Told after each iteration.</param>
    public (State Last, int Iterations, bool Converged) Minimize(double[] start, int most, Func<double, bool> enough,
        Action<int, State> step)
    {
        var now = At(start);
        for (var iteration = 0; ; iteration++)
        {
            var direction = Direction(now.Gradient);
            var slope = TensorPrimitives.Dot<double>(now.Gradient, direction);
            if (enough(-slope / 2))
            {
                return (now, iteration, true);
            }

            if (iteration == most || Search(now, direction, slope) is not { } next)
            {
                return (now, iteration, false);
            }

            Remember(now, next);
            now = next;
            step(iteration + 1, now);
        }
    }

    private double[] Direction(double[] gradient)
    {
        var direction = (double[])gradient.Clone();
        var shares = new double[_pairs.Count];
        for (var i = _pairs.Count - 1; i >= 0; i--)
        {
            shares[i] = TensorPrimitives.Dot<double>(_pairs[i].Step, direction) / _pairs[i].Product;
            TensorPrimitives.MultiplyAdd(_pairs[i].Change, -shares[i], direction, direction);
        }

        precondition(direction);
        for (var i = 0; i < _pairs.Count; i++)
        {
            var share = shares[i] - (TensorPrimitives.Dot<double>(_pairs[i].Change, direction) / _pairs[i].Product);
            TensorPrimitives.MultiplyAdd(_pairs[i].Step, share, direction, direction);
        }

        TensorPrimitives.Negate<double>(direction, direction);
        return direction;
    }

    // Where the slope's secant is 0, between a step that is too short and one that is too long, once there is one. The function is
    // convex: where it still falls it is lower than at the start, and no values, rounded as they are, need to be compared.
    private State? Search(State from, double[] direction, double slope)
    {
        var (shortStep, shortSlope) = (0.0, slope);
        var (longStep, longSlope) = (double.PositiveInfinity, 0.0);
        var step = 1.0;
        var point = new double[direction.Length];
        for (var trial = 0; trial < MostTrials; trial++)
        {
            TensorPrimitives.MultiplyAdd(direction, step, from.Point, point);
            var there = At(point);
            var slopeThere = TensorPrimitives.Dot<double>(there.Gradient, direction);
            var lower = slopeThere <= 0 || (slopeThere <= -Beyond * slope
                && there.Value <= from.Value + (noise * Math.Abs(from.Value)));
            if (lower && slopeThere >= Left * slope)
            {
                return there;
            }

            if (lower)
            {
                (shortStep, shortSlope) = (step, slopeThere);
            }
            else
            {
                (longStep, longSlope) = (step, slopeThere);
            }

            step = Next(shortStep, shortSlope, longStep, longSlope, slope);
        }

        return null;
    }

    private static double Next(double low, double lowSlope, double high, double highSlope, double slope)
    {
        if (double.IsPositiveInfinity(high))
        {
            return low * Math.Clamp(slope / (slope - lowSlope), 2, 10);
        }

        var secant = low - (lowSlope * (high - low) / (highSlope - lowSlope));
        var width = high - low;
        return double.IsFinite(secant) ? Math.Clamp(secant, low + (0.1 * width), high - (0.1 * width)) : low + (width / 2);
    }

    private State At(double[] point)
    {
        var gradient = new double[point.Length];
        return new State((double[])point.Clone(), evaluate(point, gradient), gradient);
    }

    private void Remember(State from, State to)
    {
        var (step, change) = (new double[from.Point.Length], new double[from.Point.Length]);
        TensorPrimitives.Subtract(to.Point, from.Point, step);
        TensorPrimitives.Subtract(to.Gradient, from.Gradient, change);
        var product = TensorPrimitives.Dot<double>(step, change);
        if (product > 0)
        {
            if (_pairs.Count == Memory)
            {
                _pairs.RemoveAt(0);
            }

            _pairs.Add(new Pair(step, change, product));
        }
    }

    /// <summary>A point, the function there and its gradient.</summary>
    internal sealed record State(double[] Point, double Value, double[] Gradient);

    private sealed record Pair(double[] Step, double[] Change, double Product);
}
