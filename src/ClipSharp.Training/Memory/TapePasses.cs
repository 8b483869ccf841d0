namespace ClipSharp.Training.Memory;

/// <summary>A tower on a tape.</summary>
/// <param name="Parts">Its chain, for a number of rows.</param>
/// <param name="IsTrained">Whether any of its layers is.</param>
/// <param name="Feature">Bytes of one row's vector.</param>
internal sealed record TowerTape(Func<long, IReadOnlyList<TapePart>> Parts, bool IsTrained, long Feature);

/// <summary>The passes of <see cref="Passes"/> on a tape.</summary>
/// <param name="tape">Where they run.</param>
/// <param name="tower">The tower.</param>
/// <param name="options">The run's, which choose the way (as <see cref="Passes.TowerPasses"/> does).</param>
internal sealed class TapePasses(Tape tape, TowerTape tower, TrainOptions options)
{
    // bytes of pictures, ids of texts: there for the whole step
    private static readonly Value Input = new(new Storage(0), 0, null);

    /// <summary>Goes forward; features are the scope's.</summary>
    /// <returns>Goes back from a gradient by the features, which the scope holds.</returns>
    public Action<Storage> Forward() =>
        options.MicroBatch is { } rows && rows < options.BatchSize ? Cached(rows) : Inner(options.BatchSize);

    private Action<Storage> Inner(long rows) => (tower.IsTrained, options.GradCheckpointing) switch
    {
        (false, _) => Locked(rows),
        (_, true) => Checkpointed(tower.Parts(rows)),
        _ => Whole(tower.Parts(rows)),
    };

    private Action<Storage> Whole(IReadOnlyList<TapePart> parts)
    {
        Value features = Input;
        tape.Autocast(() => features = tape.Scope(() => Chain(parts)));
        return gradient =>
        {
            tape.Scope(() => tape.Backward(features, gradient));
            tape.Dispose(features.Storage);
        };
    }

    private Action<Storage> Locked(long rows)
    {
        tape.NoGrad(() => tape.Autocast(() => tape.Scope(() => Chain(tower.Parts(rows)))));
        return _ => { };
    }

    private Action<Storage> Checkpointed(IReadOnlyList<TapePart> parts)
    {
        var inputs = new List<Value>();
        tape.NoGrad(() => tape.Autocast(() =>
        {
            var state = Input;
            foreach (var part in parts)
            {
                inputs.Add(state);
                state = part(tape, state);
            }
        }));
        return gradient =>
        {
            var above = gradient;
            for (var i = parts.Count - 1; i > 0; i--)
            {
                var below = tape.Scope(() =>
                {
                    var leaf = tape.Leaf(inputs[i]);
                    Again(parts[i], leaf, above);
                    return new Value(leaf.Node!.Gradient!, leaf.Bytes, null);
                });
                if (above != gradient)
                {
                    tape.Dispose(above);
                }

                tape.Dispose(inputs[i].Storage);
                above = below.Storage;
            }

            tape.Scope(() => Again(parts[0], Input, above));
            if (above != gradient)
            {
                tape.Dispose(above);
            }
        };
    }

    private void Again(TapePart part, Value input, Storage above)
    {
        var output = Input;
        tape.Autocast(() => output = part(tape, input));
        if (output.Node is not null)
        {
            tape.Backward(output, above);
        }
    }

    // First without a graph, one micro-batch at a time, then each micro-batch forward and back. The first makes gradients that
    // the others are added to; those are alike: one stands for all.
    private Action<Storage> Cached(long rows)
    {
        tape.NoGrad(() => tape.Autocast(() => tape.Scope(() => Chain(tower.Parts(rows)))));
        tape.New((options.BatchSize - rows) * tower.Feature);
        tape.Touch(rows * tower.Feature); // the first ones beside the whole
        return gradient =>
        {
            if (tower.IsTrained)
            {
                tape.Scope(() => Inner(rows)(gradient));
                tape.Accumulating(() => tape.Scope(() => Inner(rows)(gradient)));
            }
        };
    }

    private Value Chain(IReadOnlyList<TapePart> parts)
    {
        var state = Input;
        foreach (var part in parts)
        {
            var next = part(tape, state);
            if (state != Input)
            {
                tape.Dispose(state.Storage);
            }

            state = next;
        }

        return state;
    }
}
