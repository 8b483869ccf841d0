using ClipSharp.Torch;
using ClipSharp.Training.Optimization.Moments;
using ClipSharp.Training.Ranks;
using ClipSharp.Weights;
using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization.Sharing;

/// <summary>A tensor of an optimizer's state, of a piece of a parameter.</summary>
/// <param name="Name">By which it is saved.</param>
/// <param name="Value">What there is of it here.</param>
/// <param name="Piece">Of which piece.</param>
internal readonly record struct StatePiece(string Name, Tensor Value, ParameterPiece Piece);

/// <summary>An optimizer's state of which each process has a share, as one whole for checkpoints, which know of no processes: the
/// number of them may be another when a run goes on.</summary>
/// <param name="ranks">The processes.</param>
/// <param name="format">How statistics are kept.</param>
/// <param name="parameters">Names and shapes of all that are trained.</param>
internal sealed class ShardedState(
    ICollective ranks, OptimizerState format, IReadOnlyList<(string Name, long[] Shape)> parameters)
{
    /// <summary>All of the state, one tensor after another; all processes ask together. A tensor is gone when the next one is
    /// asked for.</summary>
    public IEnumerable<(string Name, Tensor Value)> Whole(IEnumerable<StatePiece> own)
    {
        var pieces = own.ToLookup(piece => piece.Name);
        for (var parameter = 0; parameter < parameters.Count; parameter++)
        {
            foreach (var part in StateLayout.Of(format, parameters[parameter].Name, parameters[parameter].Shape))
            {
                using var scope = NewDisposeScope();
                using var none = no_grad();
                // Whoever has nothing of a number says 0: sums of one number and zeros are that number, of 16 bits too.
                var whole = zeros(part.Length, dtype: float32);
                foreach (var piece in pieces[part.Name].Where(piece => part.NumbersEach > 0 || IsFirst(piece.Piece)))
                {
                    whole.narrow(0, part.StartOf(piece.Piece.Start), piece.Value.numel()).copy_(piece.Value.view(-1));
                }

                ranks.AllReduce(whole, ReduceOp.Sum);
                yield return (part.Name, whole.to(part.Type).view(part.Shape));
            }
        }
    }

    /// <summary>Takes this process' share out of a saved state.</summary>
    /// <exception cref="ClipException">Something is missing or of another shape.</exception>
    public void Restore(IEnumerable<StatePiece> own, IReadOnlyDictionary<string, NamedTensor> stored, string where)
    {
        using var none = no_grad();
        foreach (var (number, pieces) in own.GroupBy(piece => piece.Piece.Parameter).Select(group => (group.Key, group.ToList())))
        {
            foreach (var part in StateLayout.Of(format, parameters[number].Name, parameters[number].Shape))
            {
                using var scope = NewDisposeScope();
                var whole = zeros(part.Shape, dtype: part.Type);
                StateDict.Copy(stored, [(part.Name, whole)], where);
                foreach (var piece in pieces.Where(piece => piece.Name == part.Name))
                {
                    piece.Value.view(-1).copy_(whole.view(-1).narrow(0, part.StartOf(piece.Piece.Start), piece.Value.numel()));
                }
            }
        }
    }

    // What a parameter has once, such as its count of steps, the owner of its first number tells.
    private static bool IsFirst(ParameterPiece piece) => piece.Start == 0;
}
