using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>Attention of all heads, softmax(Q Kᵀ / √W) V with W the width of a head (Vaswani et al. 2017), without gradients.
/// CLIP's rows are few, 50 to some hundreds: for them libtorch's attention on a processor is slow, in bfloat16 twice as slow
/// as in float32, and needs the heads moved together and back. Here a head's numbers are taken from where they lie.</summary>
internal static class RowAttention
{
    /// <summary>Whether the kernel computes it; else libtorch's operations do.</summary>
    public static bool HasKernel { get; } = Vector256.IsHardwareAccelerated && ParallelLoop.IsAvailable;

    /// <param name="queries">[B, Q, D], any view whose numbers of a row lie together.</param>
    /// <param name="keys">[B, T, D], likewise.</param>
    /// <param name="values">[B, T, D], likewise.</param>
    /// <param name="heads">How many share D.</param>
    /// <param name="isCausal">Whether row i sees rows 0 to i only; then Q = T.</param>
    /// <param name="seen">int64 [B], from 1 to T: how many rows are seen at all; null = all.</param>
    /// <returns>[B, Q, D].</returns>
    public static Tensor Apply(Tensor queries, Tensor keys, Tensor values, int heads,
        bool isCausal = false, Tensor? seen = null) =>
        HasKernel && queries.dtype is ScalarType.Float32 or ScalarType.BFloat16
            ? RowAttentionKernel.Run(queries, keys, values, heads, isCausal, seen, Vector512.IsHardwareAccelerated)
            : ByOperations(queries, keys, values, heads, isCausal, seen);

    /// <summary>By libtorch's operations, for any type and device.</summary>
    internal static Tensor ByOperations(Tensor queries, Tensor keys, Tensor values, int heads, bool isCausal, Tensor? seen)
    {
        using var scope = NewDisposeScope();
        var (tokens, device) = (keys.shape[1], queries.device);
        var mask = seen is null ? null : Numbers.Counted(tokens, ScalarType.Int64, device).lt(seen.view(-1, 1, 1, 1));
        if (mask is not null && isCausal)
        {
            mask = mask.logical_and(ones(tokens, tokens, dtype: @bool, device: device).tril());
        }

        return nn.functional.scaled_dot_product_attention(PerHead(queries), PerHead(keys), PerHead(values), mask,
                is_casual: isCausal && mask is null)
            .transpose(1, 2).reshape(queries.shape).MoveToOuterDisposeScope();

        Tensor PerHead(Tensor rows) => rows.reshape(rows.shape[0], rows.shape[1], heads, -1).transpose(1, 2);
    }
}
