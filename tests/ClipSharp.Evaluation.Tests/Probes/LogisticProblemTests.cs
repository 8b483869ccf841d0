using ClipSharp.Evaluation.Probes;

namespace ClipSharp.Evaluation.Tests.Probes;

public sealed class LogisticProblemTests
{
    [Theory]
    [InlineData(2, false)]
    [InlineData(5, false)]
    [InlineData(3, true)]
    public void The_gradient_is_that_of_central_differences(int classes, bool labels)
    {
        const double Step = 1e-5;
        var set = MadeProblems.Classes(70, 11, classes);
        if (labels)
        {
            var random = new RandomStream(3, RandomPurpose.Synthesis);
            var states = new LabelState[70 * classes];
            for (var i = 0; i < states.Length; i++)
            {
                states[i] = (LabelState)random.NextInt32(3);
            }

            set = new ProbeSet(MadeProblems.Features(70, 11, classes), new LabelTargets(states, classes));
        }

        var problem = new LogisticProblem<double>(set, new ParallelOptions()) { C = 0.7 };
        var drawn = new RandomStream(2, RandomPurpose.Synthesis);
        var (point, gradient, unused) = (new double[problem.Length], new double[problem.Length], new double[problem.Length]);
        for (var i = 0; i < point.Length; i++)
        {
            point[i] = drawn.NextNormal();
        }

        problem.Evaluate(point, gradient);
        for (var i = 0; i < point.Length; i++)
        {
            var before = point[i];
            point[i] = before + Step;
            var above = problem.Evaluate(point, unused);
            point[i] = before - Step;
            var below = problem.Evaluate(point, unused);
            point[i] = before;
            Assert.Equal((above - below) / (2 * Step), gradient[i], 1e-6);
        }
    }
}
