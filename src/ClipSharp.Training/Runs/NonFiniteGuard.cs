using ClipSharp.Torch;
using static TorchSharp.torch;

namespace ClipSharp.Training.Runs;

/// <summary>Counts the updates that were left out because a loss or a gradient was not finite, names the first bad tensor, and
/// stops a run that does not recover.</summary>
/// <param name="model">Whose gradients are looked at.</param>
/// <param name="skipped">Counted before.</param>
/// <param name="tell">Gets a warning for each.</param>
internal sealed class NonFiniteGuard(ClipModel model, long skipped, Action<TrainingEvent> tell)
{
    /// <summary>So many in a row stop the run.</summary>
    public const int Most = 20;

    private int _inARow;

    /// <summary>Updates left out in the whole run.</summary>
    public long Skipped { get; private set; } = skipped;

    /// <summary>Looks at a step.</summary>
    /// <exception cref="ClipException">It was the last that is borne.</exception>
    public void After(StepDone done)
    {
        if (!done.Skipped)
        {
            _inARow = 0;
            return;
        }

        Skipped++;
        _inARow++;
        var first = FirstBad(model);
        var number = done.Step + 1;
        tell(new TrainingWarning(FormattableString.Invariant(
            $"Step {number}: update skipped: loss {done.Loss}, gradient norm {done.GradientNorm}, first bad tensor: {first}")));
        if (_inARow == Most)
        {
            throw new ClipException(ClipError.Data, "Training broke", FormattableString.Invariant($"step {number}"),
                $"{_inARow} steps in a row with a loss or gradient that is not finite, the first bad tensor {first}",
                "finite ones",
                FormattableString.Invariant($"Look at the batch with --replay {number}; lower --lr or set --grad-clip-norm 1; the last checkpoint is untouched."));
        }
    }

    /// <summary>The first parameter, in the model's order, that is not finite; else the first gradient.</summary>
    internal static string FirstBad(ClipModel model)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var parameters = model.NamedParameters().ToList();
        return parameters.Where(p => IsBad(p.Parameter)).Select(p => p.Name).FirstOrDefault()
            ?? parameters.Where(p => p.Parameter.grad is { } gradient && IsBad(gradient))
                .Select(p => $"the gradient of {p.Name}").FirstOrDefault()
            ?? "none, the loss alone";
    }

    private static bool IsBad(Tensor tensor) => !tensor.isfinite().all().item<bool>();
}
