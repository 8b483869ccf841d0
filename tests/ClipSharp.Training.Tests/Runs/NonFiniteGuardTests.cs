using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Checkpoints;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Runs;

public sealed class NonFiniteGuardTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void The_first_bad_tensor_is_named()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var setup = TrainingSetup.Create(_tiny.Options(), null, _ => { }, default);
        Assert.Equal("none, the loss alone", NonFiniteGuard.FirstBad(setup.Model));

        var (name, parameter) = setup.Model.NamedParameters().Skip(3).First();
        parameter.grad = full_like(parameter, double.NaN);
        Assert.Equal($"the gradient of {name}", NonFiniteGuard.FirstBad(setup.Model));

        parameter.fill_(double.PositiveInfinity);
        Assert.Equal(name, NonFiniteGuard.FirstBad(setup.Model));
    }

    [Fact]
    public void Twenty_in_a_row_stop_the_run_and_nineteen_do_not()
    {
        using var setup = TrainingSetup.Create(_tiny.Options(), null, _ => { }, default);
        var said = new List<TrainingEvent>();
        var guard = new NonFiniteGuard(setup.Model, skipped: 5, said.Add);
        Step(19, isBad: true);
        Step(1, isBad: false);
        Step(19, isBad: true);
        Assert.Equal(43, guard.Skipped);
        Assert.Equal(38, said.Count);

        var broke = Assert.Throws<ClipException>(() => Step(1, isBad: true));
        Assert.Contains("20 steps in a row", broke.Message, StringComparison.Ordinal);

        void Step(int times, bool isBad)
        {
            for (var i = 0; i < times; i++)
            {
                guard.After(new StepDone(i, isBad ? double.NaN : 1, 0.1, 14, isBad ? double.NaN : 1, isBad));
            }
        }
    }

    [Fact]
    public void A_run_that_breaks_leaves_the_checkpoint_before_it_as_it_was()
    {
        var good = _tiny.RunUntil(3, _tiny.Options() with { Epochs = 10 });
        var weights = TinyRun.Weights(good.Checkpoint!);

        // A rate far too high: weights grow until a loss is no number.
        var broke = Assert.Throws<ClipException>(
            () => _tiny.Run(_tiny.Options() with
            {
                Epochs = 10,
                Resume = "latest",
                AllowChange = true,
                Lr = 1,
                Wd = 10,
                Warmup = 0,
                Eps = 1e-38,
                Beta2 = 0
            }));

        Assert.Contains("Training broke", broke.Message, StringComparison.Ordinal);
        Assert.Equal(weights, TinyRun.Weights(good.Checkpoint!));
        Assert.Null(Checkpoint.Fault(good.Checkpoint!, default));
        Assert.Contains(_tiny.Warnings, w => w.Contains("first bad tensor", StringComparison.Ordinal));
        Assert.All(Checkpoint.List(_tiny.Checkpoints()), c => Assert.Null(Checkpoint.Fault(c.Path, default)));
    }
}
