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
}
