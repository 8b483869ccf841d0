using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers.Updates;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>Multi-head self-attention with one joint projection to queries, keys and values
/// (Vaswani et al. 2017; <c>nn.MultiheadAttention</c> in openai/CLIP).</summary>
internal sealed class Attention : nn.Module<Tensor, Tensor>
{
    private readonly int _heads;
    private readonly bool _causal;

    [ComponentName(Name = "in_proj_weight")]
    private readonly Parameter _inWeight; // [3D, D]: rows of queries, keys, values

    [ComponentName(Name = "in_proj_bias")]
    private readonly Parameter _inBias; // [3D]

    [ComponentName(Name = "out_proj")]
    private readonly Linear _out;

    private LowRank? _inUpdate;
    private LowRank? _outUpdate;

    public Attention(int width, int heads, bool causal, Layers layers) : base(nameof(Attention))
    {
        _heads = heads;
        _causal = causal;
        _inWeight = new Parameter(empty(3 * width, width));
        _inBias = new Parameter(zeros(3 * width));
        _out = layers.Linear(width, width);
        RegisterComponents();
        if (!layers.IsBlank)
        {
            nn.init.xavier_uniform_(_inWeight);
            nn.init.zeros_(_out.bias!);
        }
    }

    public Parameter InWeight => _inWeight;

    public Parameter InBias => _inBias;

    public Linear Out => _out;

    /// <summary>Lets something be learnt beside its matrices.</summary>
    public void AddLowRank(int rank, double scale)
    {
        register_module("in_proj" + LowRankUpdates.Ending, _inUpdate = new LowRank(_inWeight, 3, rank, scale));
        register_module("out_proj" + LowRankUpdates.Ending, _outUpdate = new LowRank(_out.weight!, 1, rank, scale));
    }

    /// <param name="input">[B, T, D].</param>
    /// <returns>[B, T, D]; token t sees tokens 0 to t only where the tower is causal.</returns>
    public override Tensor forward(Tensor input) => forward(input, null);

    /// <param name="input">[B, T, D].</param>
    /// <param name="seen">bool [B, 1, 1, T]: which tokens are seen at all; null = all. Each must see one.</param>
    /// <returns>[B, T, D]; token t sees tokens 0 to t only where the tower is causal.</returns>
    public Tensor forward(Tensor input, Tensor? seen)
    {
        using var scope = NewDisposeScope();
        var (batch, tokens, width) = (input.shape[0], input.shape[1], input.shape[2]);
        var joint = Products.Linear(input, _inWeight, _inBias, _inUpdate);                                     // [B, T, 3D]
        var split = joint.view(batch, tokens, 3, _heads, width / _heads).permute(2, 0, 3, 1, 4);         // [3, B, A, T, D/A]
        var mask = seen is null ? null : Mask(seen, joint.dtype);
        var heads = WantsWholeScores(joint)
            ? WithWholeScores(split[0], split[1], split[2], mask)
            : nn.functional.scaled_dot_product_attention(split[0], split[1], split[2], mask, is_casual: _causal && mask is null);
        var merged = heads.transpose(1, 2).reshape(batch, tokens, width);                                // [B, T, D]
        return Products.Linear(merged, _out.weight!, _out.bias!, _outUpdate).MoveToOuterDisposeScope();
    }

    // On the CPU libtorch's fused attention goes back in 16 bits by one small product a head, each set up anew: three to four
    // times as slow as the products of all heads together. Going forward it is the faster one. A pass that is repeated must give
    // the same bits, so the mode decides and not whether a graph is made.
    private bool WantsWholeScores(Tensor joint) =>
        training && joint.device_type == DeviceType.CPU && joint.dtype is ScalarType.BFloat16 or ScalarType.Float16;

    // [B, 1, 1, T] → [B, 1, T, T]: minus infinity where a row does not see a column, else 0.
    private Tensor Mask(Tensor seen, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var never = double.NegativeInfinity.ToScalar();
        var tokens = seen.shape[3];
        var all = ones(tokens, tokens, dtype: @bool, device: seen.device);
        var both = seen.logical_and(_causal ? all.tril() : all);
        return zeros_like(both, dtype: type).masked_fill_(both.logical_not(), never).MoveToOuterDisposeScope();
    }

    // Each [B, A, T, D/A], as the result; the mask, where there is one, [B, 1, T, T].
    private Tensor WithWholeScores(Tensor queries, Tensor keys, Tensor values, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var (tokens, width) = (queries.shape[2], queries.shape[3]);
        using var scale = Math.Pow(width, -0.5).ToScalar();
        var scores = bmm(PerHead(queries).mul(scale), PerHead(keys).transpose(1, 2));                    // [BA, T, T]
        if (mask is not null)
        {
            scores.AddInPlace(PerHead(mask.expand(-1, _heads, -1, -1)));
        }
        else if (_causal)
        {
            using var never = double.NegativeInfinity.ToScalar();
            scores.AddInPlace(full([tokens, tokens], never, scores.dtype, scores.device).triu_(1));
        }

        return bmm(nn.functional.softmax(scores, -1), PerHead(values)).view(queries.shape).MoveToOuterDisposeScope();

        Tensor PerHead(Tensor heads) => heads.reshape(-1, tokens, heads.shape[3]);
    }
}
