using System.Numerics.Tensors;

namespace ClipSharp.Evaluation.Probes.Solver;

/// <summary>Limited-memory BFGS (Nocedal and Wright, algorithms 7.4 and 7.5) for a smooth convex function, with a preconditioner
/// in place of the identity, and a line search by secants of the slope. It holds its vectors for the next run.</summary>
/// <param name="length">Of a point.</param>
/// <param name="problem">What is minimised.</param>
/// <param name="noise">How far values are off, as a share of them.</param>
internal sealed class Lbfgs(int length, Lbfgs.IProblem problem, double noise)
{
    private const int Memory = 20;
    private const int MostTrials = 20; // of one line search
    private const int FirstRefresh = 8; // iterations until the preconditioner is made anew; then twice as many each time
    private const int Patience = 40; // iterations without a lower value or a smaller gain: the numbers' precision is used up
    private const double Left = 0.9; // of a slope at most is left where a step ends, before the lowest point
    private const double Beyond = 0.5; // and behind it

    private readonly Queue<Pair> _free = new();
    private readonly List<Pair> _pairs = [];
    private readonly double[] _direction = new double[length];
    private readonly double[] _shares = new double[Memory];
    private State _now = new(length);
    private State _next = new(length);
    private readonly State _best = new(length);

    /// <summary>Minimises from a point.</summary>
    /// <param name="start">Not changed.</param>
    /// <param name="most">Iterations at most.</param>
    /// <param name="enough">Ends when the quadratic model sees no larger gain.</param>
    /// <param name="step">Told after each iteration; the state is overwritten later.</param>
    /// <returns>The best state, until the next run; the gain that is left.</returns>
    public (State Best, double Gain, int Iterations) Minimize(double[] start, int most, double enough, Action<int, State> step)
    {
        _pairs.ForEach(_free.Enqueue);
        _pairs.Clear();
        start.CopyTo(_now.Point, 0);
        problem.Refresh(_now.Point);
        Evaluate(_now);
        var (refresh, least, better) = (FirstRefresh, double.PositiveInfinity, 0);
        for (var iteration = 0; ; iteration++)
        {
            if (iteration == refresh)
            {
                problem.Refresh(_now.Point);
                refresh *= 2;
            }

            Aim(_now.Gradient);
            var slope = TensorPrimitives.Dot<double>(_now.Gradient, _direction);
            var gain = -slope / 2;
            if (gain < least || _now.Value < _best.Value - (noise * Math.Abs(_best.Value)))
            {
                (least, better) = (gain, iteration);
                _best.Take(_now);
            }

            // What is left is rounding, along which slopes lead anywhere.
            if (gain <= enough || iteration == most || iteration - better == Patience || !Search(slope))
            {
                return (_best, least, iteration);
            }

            Remember();
            (_now, _next) = (_next, _now);
            step(iteration + 1, _now);
        }
    }

    private void Aim(double[] gradient)
    {
        gradient.CopyTo(_direction, 0);
        for (var i = _pairs.Count - 1; i >= 0; i--)
        {
            _shares[i] = TensorPrimitives.Dot<double>(_pairs[i].Step, _direction) / _pairs[i].Product;
            TensorPrimitives.MultiplyAdd(_pairs[i].Change, -_shares[i], _direction, _direction);
        }

        problem.Precondition(_direction);
        if (_pairs.Count > 0)
        {
            // As long as the last step was by the true curvature; _next is free here.
            var (last, solved) = (_pairs[^1], _next.Point);
            last.Change.CopyTo(solved, 0);
            problem.Precondition(solved);
            TensorPrimitives.Multiply(_direction, last.Product / TensorPrimitives.Dot<double>(last.Change, solved), _direction);
        }

        for (var i = 0; i < _pairs.Count; i++)
        {
            var share = _shares[i] - (TensorPrimitives.Dot<double>(_pairs[i].Change, _direction) / _pairs[i].Product);
            TensorPrimitives.MultiplyAdd(_pairs[i].Step, share, _direction, _direction);
        }

        TensorPrimitives.Negate<double>(_direction, _direction);
    }

    // Where the slope's secant is 0, between a step that is too short and one that is too long, once there is one. The function
    // is convex: where it still falls it is lower than at the start, and no values, rounded as they are, need to be compared.
    private bool Search(double slope)
    {
        var (shortStep, shortSlope) = (0.0, slope);
        var (longStep, longSlope) = (double.PositiveInfinity, 0.0);
        var step = 1.0;
        for (var trial = 0; trial < MostTrials; trial++)
        {
            TensorPrimitives.MultiplyAdd(_direction, step, _now.Point, _next.Point);
            Evaluate(_next);
            var slopeThere = TensorPrimitives.Dot<double>(_next.Gradient, _direction);
            var lower = slopeThere <= 0 || (slopeThere <= -Beyond * slope
                && _next.Value <= _now.Value + (noise * Math.Abs(_now.Value)));
            if (lower && slopeThere >= Left * slope)
            {
                return true;
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

        return false;
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

    private void Evaluate(State state) => state.Value = problem.Evaluate(state.Point, state.Gradient);

    private void Remember()
    {
        var pair = _pairs.Count == Memory ? _pairs[0] : _free.TryDequeue(out var free) ? free : new Pair(length);
        TensorPrimitives.Subtract(_next.Point, _now.Point, pair.Step);
        TensorPrimitives.Subtract(_next.Gradient, _now.Gradient, pair.Change);
        pair.Product = TensorPrimitives.Dot<double>(pair.Step, pair.Change);
        _pairs.Remove(pair);
        if (pair.Product > 0)
        {
            _pairs.Add(pair);
        }
        else
        {
            _free.Enqueue(pair);
        }
    }

    /// <summary>A smooth convex function and a first guess of its curvature.</summary>
    internal interface IProblem
    {
        /// <summary>The value at a point; writes the gradient.</summary>
        double Evaluate(double[] point, double[] gradient);

        /// <summary>Makes the preconditioner that fits a point.</summary>
        void Refresh(double[] point);

        /// <summary>Multiplies a gradient by the preconditioner, symmetric and positive, in place.</summary>
        void Precondition(double[] gradient);
    }

    /// <summary>A point, the function there and its gradient.</summary>
    internal sealed class State(int length)
    {
        public double[] Point { get; } = new double[length];

        public double[] Gradient { get; } = new double[length];

        public double Value { get; set; }

        public void Take(State other)
        {
            other.Point.CopyTo(Point, 0);
            other.Gradient.CopyTo(Gradient, 0);
            Value = other.Value;
        }
    }

    private sealed class Pair(int length)
    {
        public double[] Step { get; } = new double[length];

        public double[] Change { get; } = new double[length];

        public double Product { get; set; }
    }
}
