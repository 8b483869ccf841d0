using ClipSharp.Torch.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>One pre-norm block, the same in both towers: x + attention(norm(x)), then x + mlp(norm(x))
/// (<c>ResidualAttentionBlock</c> in openai/CLIP).</summary>
internal sealed class ResidualBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "ln_1")]
    private readonly LayerNorm _attentionNorm;

    [ComponentName(Name = "attn")]
    private readonly Attention _attention;

    [ComponentName(Name = "ln_2")]
    private readonly LayerNorm _mlpNorm;

    [ComponentName(Name = "mlp")]
    private readonly Mlp _mlp;

    public ResidualBlock(int width, int heads, int hidden, bool quickGelu, bool causal, Layers layers)
        : base(nameof(ResidualBlock))
    {
        _attentionNorm = nn.LayerNorm(width);
        _attention = new Attention(width, heads, causal, layers);
        _mlpNorm = nn.LayerNorm(width);
        _mlp = new Mlp(width, hidden, quickGelu, layers);
        RegisterComponents();
    }

    public LayerNorm AttentionNorm => _attentionNorm;

    public Attention Attention => _attention;

    public LayerNorm MlpNorm => _mlpNorm;

    public Mlp Mlp => _mlp;

    /// <param name="input">[B, T, D].</param>
    /// <returns>[B, T, D].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var attended = input.Plus(_attention.forward(_attentionNorm.forward(input)));
        return attended.Plus(_mlp.forward(_mlpNorm.forward(attended))).MoveToOuterDisposeScope();
    }
}
