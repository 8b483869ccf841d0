namespace ClipSharp.Training.Memory;

/// <summary>The layers that both kinds of tower are made of, on a tape.</summary>
/// <param name="tape">Where they run.</param>
/// <param name="formats">In what they compute.</param>
internal sealed class TapeLayers(Tape tape, TowerFormats formats)
{
    private const int Float = sizeof(float);

    /// <summary>x Wᵀ + b, [rows, inputs] → [rows, outputs]. Autocast copies what it reads to 16 bits, and the weight each time,
    /// since libtorch multiplies by a transposed view, which it does not remember.</summary>
    public Value Linear(Value x, long rows, long inputs, long outputs, bool isTrained) => tape.Scope(() =>
    {
        var read = Half(x, rows * inputs);
        var weight = formats.Casts(inputs * outputs);
        var copy = weight > 0 ? tape.Run(weight, new Operation()) : null;
        return Product(read, copy, formats.Number * rows * outputs, inputs * outputs, isTrained);
    });

    /// <summary>x W by a matrix that is a parameter as it is, [rows, inputs] → [rows, outputs].</summary>
    public Value Projection(Value x, long rows, long inputs, long outputs, bool isTrained) => tape.Scope(() =>
        Product(Half(x, rows * inputs), Remembered(inputs * outputs, isTrained, Float),
            (formats.IsHalf ? 2 : Float) * rows * outputs, inputs * outputs, isTrained));

    /// <summary>Layer norm of float32 rows.</summary>
    public Value Norm(Value x, long rows, bool isTrained) => tape.Scope(() => tape.Run(x.Bytes, new Operation
    {
        Inputs = [x],
        Saves = [x, Numbers(2 * Float * rows)], // mean and deviation
        IsTrained = isTrained,
    }));

    /// <summary>A float32 state and what a branch adds to it: widened first where it is of 16 bits.</summary>
    public Value Sum(Value state, Value branch) => state.Bytes == branch.Bytes
        ? tape.Run(state.Bytes, new Operation { Terms = [state, branch] })
        : tape.Run(state.Bytes, new Operation { Terms = [state], Inputs = [branch], Work = state.Bytes });

    /// <summary>A part of x, or x seen in another shape, whose gradient is made as large as x.</summary>
    public Value View(Value x, long bytes) => tape.Run(bytes, new Operation { Over = x, Inputs = [x] });

    /// <summary>Scaled dot-product attention: queries [rows, A, queryTokens, D/A], keys and values [rows, A, tokens,
    /// D/A], and a mask where there is one.</summary>
    public Value Attend(Value queries, Value keys, Value values, long logSums, Value? mask = null) =>
        tape.Run(queries.Bytes, new Operation
        {
            Inputs = [queries, keys, values],
            Saves = [queries, keys, values, Numbers(Float * logSums), .. mask is null ? (Value[])[] : [mask]],
            SavesResult = true,
        });

    /// <summary>The same in 16 bits, with scores that are whole, [rows · A, T, T]: a mask that is added is not kept.</summary>
    public Value AttendWhole(Value queries, Value keys, Value values, long scores) => tape.Scope(() =>
    {
        var (q, k, v) = (Copy(Copy(queries)), Copy(keys), Copy(values)); // for all heads at once; queries are scaled besides
        var raw = tape.Run(formats.Number * scores, new Operation { Inputs = [q, k], Saves = [q, k] });
        var weights = tape.Run(raw.Bytes, new Operation { Inputs = [raw], SavesResult = true });
        return tape.Run(v.Bytes, new Operation { Inputs = [weights, v], Saves = [weights, v] });
    });

    /// <summary>A copy in another order.</summary>
    public Value Copy(Value x) => tape.Run(x.Bytes, new Operation { Inputs = [x] });

    /// <summary>Rows of unit length, float32.</summary>
    public Value Unit(Value features, long rows, long embedDim) => tape.Scope(() =>
    {
        var wide = features.Bytes == Float * rows * embedDim
            ? features
            : tape.Run(Float * rows * embedDim, new Operation { Inputs = [features] });
        return tape.Run(wide.Bytes, new Operation { Inputs = [wide], Saves = [wide], BackwardWork = 2 * wide.Bytes });
    });

    /// <summary>A copy of 16 bits where products are of 16 bits and x is not.</summary>
    /// <param name="x">What is read.</param>
    /// <param name="numbers">How many numbers it has.</param>
    public Value Half(Value x, long numbers) =>
        formats.IsHalf && x.Bytes > 2 * numbers ? tape.Run(2 * numbers, new Operation { Inputs = [x] }) : x;

    /// <summary>A weight's copy of 16 bits that autocast remembers until its scope ends; it does not remember what is
    /// locked.</summary>
    /// <param name="count">Numbers.</param>
    /// <param name="isTrained">Whether it is.</param>
    /// <param name="width">Bytes of a number as it is kept.</param>
    public Value? Remembered(long count, bool isTrained, int width) =>
        !formats.IsHalf || width == 2 ? null : isTrained ? tape.Remember(2 * count) : tape.Run(2 * count, new Operation());

    /// <summary>Bytes that are in nobody's way back.</summary>
    public Value Numbers(long bytes) => tape.Run(bytes, new Operation());

    // The input is kept for the weight's gradient, the weight for the input's.
    private Value Product(Value read, Value? copy, long bytes, long weight, bool isTrained) => tape.Run(bytes, new Operation
    {
        Inputs = [read],
        Saves = [.. isTrained ? [read] : (Value[])[], .. copy is not null && read.Node is not null ? [copy] : (Value[])[]],
        IsTrained = isTrained,
        BackwardWork = isTrained ? formats.Number * weight : 0,
        LateWork = isTrained ? formats.Widened(weight) : 0,
        Gradients = isTrained ? formats.Weight * weight : 0,
    });
}
