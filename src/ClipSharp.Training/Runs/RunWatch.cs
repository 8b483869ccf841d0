using System.Runtime.InteropServices;
using ClipSharp.Text;

namespace ClipSharp.Training.Runs;

/// <summary>Warns while a run goes wrong quietly: it looks back on 50 steps at a time, and says each thing once in 1,000
/// steps.</summary>
/// <param name="warmup">Steps of warm-up, in which a loss of guessing is no wonder.</param>
/// <param name="options">Batch and limits.</param>
/// <param name="guessing">The loss of guessing, or null where the loss has no such figure.</param>
/// <param name="tell">Gets the warnings.</param>
internal sealed class RunWatch(TrainOptions options, double? guessing, long warmup, Action<TrainingEvent> tell)
{
    /// <summary>Steps looked back on.</summary>
    public const int Window = 50;

    /// <summary>Steps between two warnings of one kind.</summary>
    public const int Silence = 1000;

    private const double NearGuessing = 0.02;   // of ln N
    private const double Pinned = 0.999;        // of the highest logit scale
    private const double Collapsed = 2;         // logits within ±2: softmax hardly tells pairs apart; training begins at 14.3
    private const double MostDataShare = 0.5;
    private const double MostFilled = 0.1;      // of captions
    private const double MostDuplicates = 0.01; // of captions

    private readonly Dictionary<string, long> _said = [];
    private TimeSpan _waited, _took;
    private double _loss;
    private int _steps, _pinned, _collapsed, _rows, _filled, _duplicates;

    /// <summary>Takes in a step.</summary>
    /// <param name="done">What it did.</param>
    /// <param name="captions">Its batch's.</param>
    /// <param name="waited">How long it waited for the batch.</param>
    /// <param name="took">How long it took, the waiting included.</param>
    public void After(StepDone done, TokenBatch captions, TimeSpan waited, TimeSpan took)
    {
        _steps++;
        _waited += waited;
        _took += took;
        _loss += done.Loss;
        _pinned += done.LogitScale >= Pinned * options.LogitScaleMax ? 1 : 0;
        _collapsed += done.LogitScale < Collapsed ? 1 : 0;
        _rows += captions.Count;
        _filled += captions.EndPositions.Count(end => end == captions.ContextLength - 1);
        _duplicates += captions.Count - Distinct(captions);
        if (_steps < Window)
        {
            return;
        }

        var loss = _loss / _steps;
        Warn(done.Step, "loss", done.Step >= warmup + Window && Math.Abs(loss - guessing ?? double.NaN) < NearGuessing * guessing,
            $"the loss is {loss:0.000}, that of guessing ({guessing:0.000}): nothing is learnt. Try another --lr, or look at the pairs with clipsharp data inspect --sheet.");
        Warn(done.Step, "pinned", _pinned > _steps / 2,
            $"the logit scale stood at its limit of {options.LogitScaleMax} in {_pinned} of {_steps} steps: the batch has become too easy, or pairs repeat.");
        Warn(done.Step, "collapsed", _collapsed > _steps / 2,
            $"the logit scale is {done.LogitScale:0.00}, below {Collapsed:0}: pairs are hardly told apart. Lower --lr, or look at the pairs.");
        Warn(done.Step, "filled", _filled > MostFilled * _rows,
            $"{(double)_filled / _rows:P0} of captions fill all {captions.ContextLength} tokens: most of them are cut. A longer context_length or another tokenizer holds more.");
        Warn(done.Step, "duplicates", !options.MultiPositive && _duplicates > MostDuplicates * _rows,
            $"{(double)_duplicates / _rows:P1} of captions occur twice in their batch: equal captions are taken for wrong pairs. --avoid-duplicates keeps pictures with the same first caption apart; --multi-positive makes equal captions right pairs.");
        Warn(done.Step, "data", _waited > MostDataShare * _took,
            $"the model waits for data {_waited / _took:P0} of the time. More --workers, smaller pictures on the disk or a larger --cache-megabytes help.");
        (_loss, _steps, _pinned, _collapsed, _rows, _filled, _duplicates) = (0, 0, 0, 0, 0, 0, 0);
        (_waited, _took) = (TimeSpan.Zero, TimeSpan.Zero);
    }

    private void Warn(long step, string kind, bool holds, FormattableString text)
    {
        if (holds && (!_said.TryGetValue(kind, out var last) || step - last >= Silence))
        {
            _said[kind] = step;
            tell(new TrainingWarning(FormattableString.Invariant($"Step {step + 1}: {FormattableString.Invariant(text)}")));
        }
    }

    // By a hash of 32 bits: one pair in four billion is taken for equal, far below what is warned of.
    private static int Distinct(TokenBatch captions)
    {
        var seen = new HashSet<int>();
        for (var i = 0; i < captions.Count; i++)
        {
            var hash = default(HashCode);
            hash.AddBytes(MemoryMarshal.AsBytes(captions.Row(i)));
            seen.Add(hash.ToHashCode());
        }

        return seen.Count;
    }
}
