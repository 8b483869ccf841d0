using ClipSharp.Torch.Kernels;
using ClipSharp.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Losses;

/// <summary>Which columns each row should choose: its partner; with groups, all partners of its group in equal parts; with
/// smoothing, all columns a little. The matrix is symmetric, so both directions share it.</summary>
internal sealed class PairTargets
{
    private readonly double _smoothing;
    private readonly Tensor _rows;    // int64 [b, 1]
    private readonly Tensor _columns; // int64 [1, N]

    public PairTargets(long rows, long columns, ICollective ranks, Tensor? groups, double smoothing, Device device)
    {
        (Rows, Columns, _smoothing) = (rows, columns, smoothing);
        if (groups is null)
        {
            var all = Numbers.Counted(columns, ScalarType.Int64, device);
            (_rows, _columns) = (all.narrow(0, ranks.Rank * rows, rows).unsqueeze(1), all.unsqueeze(0));
        }
        else
        {
            (_rows, _columns) = (groups.unsqueeze(1), ranks.Gathered(groups.unsqueeze(1)).t());
        }
    }

    /// <summary>b, this process' rows.</summary>
    public long Rows { get; }

    /// <summary>N.</summary>
    public long Columns { get; }

    /// <summary>How a row's target is spread.</summary>
    /// <param name="start">First row.</param>
    /// <param name="count">c.</param>
    /// <returns>float32 [c, N]; rows sum to 1.</returns>
    public Tensor Of(long start, long count)
    {
        using var scope = NewDisposeScope();
        var target = _rows.narrow(0, start, count).eq(_columns).to(float32);
        using var columns = Columns.ToScalar();
        target.div_(target.mean([1L], keepdim: true).mul_(columns));
        if (_smoothing > 0)
        {
            using var kept = (1 - _smoothing).ToScalar();
            using var spread = (_smoothing / Columns).ToScalar();
            target.mul_(kept).add_(spread, Numbers.One);
        }

        return target.MoveToOuterDisposeScope();
    }
}
