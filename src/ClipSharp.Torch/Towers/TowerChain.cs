using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>A tower as the chain of its parts: what each part gives, the next takes. Run in one go it is the tower; a training
/// pass may also stop between two parts and compute one of them again.</summary>
internal static class TowerChain
{
    /// <summary>Runs all parts. What lies between two parts is let go as soon as the next part has it.</summary>
    public static Tensor Run(this IReadOnlyList<Func<Tensor, Tensor>> chain, Tensor input)
    {
        var state = input;
        foreach (var part in chain)
        {
            var next = part(state);
            if (!ReferenceEquals(state, input))
            {
                state.Dispose();
            }

            state = next;
        }

        return state;
    }

    /// <summary>A pooled feature in the joint space.</summary>
    /// <param name="pooled">[B, D].</param>
    /// <param name="matrix">[D, E]; null where the feature stays as it is.</param>
    /// <param name="bias">[E], or null.</param>
    /// <returns>[B, E].</returns>
    public static Tensor Projected(this Tensor pooled, Parameter? matrix, Parameter? bias) =>
        matrix is null ? pooled : bias is null ? pooled.mm(matrix) : addmm(bias, pooled, matrix, beta: 1, alpha: 1);
}
