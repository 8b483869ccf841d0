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
            var (best, gain, iterations) = _lbfgs.Minimize(first, options.MaxIterations, options.Tolerance * rows,
                (iteration, state) => progress?.Report(new LogisticProgress(iteration, state.Value, Norm(state.Gradient))));
            return new LogisticFit(_problem.Classifier(best.Point), best.Value, Norm(best.Gradient), gain / rows, iterations,
                _problem.Evaluations - before, gain <= options.Tolerance * rows);
        }

        private static double Norm(double[] gradient) => Math.Abs(TensorPrimitives.MaxMagnitude<double>(gradient));
    }
}
