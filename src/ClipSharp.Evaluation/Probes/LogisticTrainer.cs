using System.Numerics;
using System.Numerics.Tensors;
using ClipSharp.Evaluation.Probes.Solver;
using ClipSharp.Host;

namespace ClipSharp.Evaluation.Probes;

/// <summary>Trains on one set as often as asked; the room that it needs beside the features is taken once.</summary>
internal abstract class LogisticTrainer
{
    /// <summary>For the precision of some options.</summary>
    public static LogisticTrainer Of(ProbeSet set, LogisticOptions options, CancellationToken cancel)
    {
        options.Require();
        set.Targets.RequireLearnable();
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.Threads ?? Processors.Threads,
            CancellationToken = cancel,
        };
        return options.Precision == ProbePrecision.Fp32 ? new Trainer<float>(set, parallel, 1e-6)
            : new Trainer<double>(set, parallel, 1e-12);
    }

    /// <summary>Trains, from a classifier of the same shape where one is given.</summary>
    public abstract LogisticFit Fit(LogisticOptions options, LinearClassifier? start, IProgress<LogisticProgress>? progress);

    private sealed class Trainer<T> : LogisticTrainer
        where T : struct, IBinaryFloatingPointIeee754<T>
    {
        private readonly LogisticProblem<T> _problem;
        private readonly Lbfgs _lbfgs;
        private readonly int _rows;
        private double? _mostGain;

        public Trainer(ProbeSet set, ParallelOptions parallel, double noise)
        {
            _problem = new LogisticProblem<T>(set, parallel);
            _lbfgs = new Lbfgs(_problem.Length, _problem, noise);
            _rows = set.Count;
        }

        public override LogisticFit Fit(LogisticOptions options, LinearClassifier? start, IProgress<LogisticProgress>? progress)
        {
            _problem.C = options.C;
            var (before, rows) = (_problem.Evaluations, options.C * _rows);
            var first = start is null ? new double[_problem.Length] : _problem.Parameters(start);
            var enough = options.Tolerance * Math.Min(rows, options.C * options.C * MostGain());
            var (best, gain, iterations) = _lbfgs.Minimize(first, options.MaxIterations, enough,
                (iteration, state) => progress?.Report(new LogisticProgress(iteration, state.Value, Norm(state.Gradient))));
            return new LogisticFit(_problem.Classifier(best.Point), best.Value, Norm(best.Gradient), gain / rows, iterations,
                _problem.Evaluations - before, gain <= enough);
        }

        // What coefficients can gain from none at C = 1, as the penalty alone bounds it: half their squared gradient. Where the
        // penalty rules, all that there is to gain is so little; a tolerance by the loss would leave every coefficient 0.
        private double MostGain()
        {
            if (_mostGain is { } known)
            {
                return known;
            }

            var (gradient, c) = (new double[_problem.Length], _problem.C);
            _problem.C = 1;
            _problem.Evaluate(new double[_problem.Length], gradient);
            _problem.C = c;
            var (sum, width) = (0.0, _problem.Length / _problem.Classes);
            for (var k = 0; k < _problem.Classes; k++)
            {
                // the last is the intercept's
                sum += TensorPrimitives.SumOfSquares<double>(gradient.AsSpan(k * width, width - 1));
            }

            _mostGain = sum / 2;
            return sum / 2;
        }

        private static double Norm(double[] gradient) => Math.Abs(TensorPrimitives.MaxMagnitude<double>(gradient));
    }
}
