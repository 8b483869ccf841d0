using ClipSharp.Models.Towers;
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

    [ComponentName(Name = "ls_1")]
    private readonly LayerScale? _attentionScale;

    [ComponentName(Name = "ls_2")]
    private readonly LayerScale? _mlpScale;

    public ResidualBlock(BlockStack blocks, Layers layers) : base(nameof(ResidualBlock))
    {
        _attentionNorm = nn.LayerNorm(blocks.Width, blocks.Epsilon);
        _attention = new Attention(blocks.Width, blocks.Heads, blocks.IsCausal, layers);
        _mlpNorm = nn.LayerNorm(blocks.Width, blocks.Epsilon);
        _mlp = new Mlp(blocks, layers);
        if (blocks.LayerScale is { } start)
        {
            (_attentionScale, _mlpScale) = (new LayerScale(blocks.Width, start), new LayerScale(blocks.Width, start));
        }

        RegisterComponents();
    }

    /// <summary>A block to read weights into.</summary>
    public static ResidualBlock Blank(BlockStack blocks)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var block = new ResidualBlock(blocks, Layers.Blank);
        foreach (var (_, parameter) in block.named_parameters())
        {
            parameter.DetachFromDisposeScope();
        }

        return block;
    }

    public LayerNorm AttentionNorm => _attentionNorm;

    public Attention Attention => _attention;

    public LayerNorm MlpNorm => _mlpNorm;

    public Mlp Mlp => _mlp;

    /// <summary>Of what the attention adds; null = there is none.</summary>
    public LayerScale? AttentionScale => _attentionScale;

    /// <summary>Of what the perceptron adds; null = there is none.</summary>
    public LayerScale? MlpScale => _mlpScale;

    /// <param name="input">[B, T, D].</param>
    /// <returns>[B, T, D].</returns>
    public override Tensor forward(Tensor input) => forward(input, null);

    /// <param name="input">[B, T, D].</param>
    /// <param name="seen">bool [B, 1, 1, T]: which tokens are seen at all; null = all.</param>
    /// <returns>[B, T, D].</returns>
    public Tensor forward(Tensor input, Tensor? seen)
    {
        using var scope = NewDisposeScope();
        var attended = input.Plus(Scaled(_attention.forward(_attentionNorm.forward(input), seen), _attentionScale));
        return attended.Plus(Scaled(_mlp.forward(_mlpNorm.forward(attended)), _mlpScale)).MoveToOuterDisposeScope();
    }

    private static Tensor Scaled(Tensor branch, LayerScale? scale) => scale?.forward(branch) ?? branch;
}
