using ClipSharp.Models.Towers;
using ClipSharp.Torch.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>Attention pooling of SigLIP (Zhai et al. 2022, "Scaling Vision Transformers"): a learnt query asks all tokens, and a
/// perceptron of the normed answer is added to it (<c>AttentionPoolLatent</c> in timm).</summary>
internal sealed class AttentionPooling : nn.Module<Tensor, Tensor>
{
    private readonly int _heads;

    [ComponentName(Name = "latent")]
    private readonly Parameter _query; // [D]

    [ComponentName(Name = "in_proj_weight")]
    private readonly Parameter _inWeight; // [3D, D]: rows of queries, keys, values

    [ComponentName(Name = "in_proj_bias")]
    private readonly Parameter _inBias; // [3D]

    [ComponentName(Name = "out_proj")]
    private readonly Linear _out;

    [ComponentName(Name = "ln")]
    private readonly LayerNorm _norm;

    [ComponentName(Name = "mlp")]
    private readonly Mlp _mlp;

    public AttentionPooling(BlockStack blocks, Layers layers) : base(nameof(AttentionPooling))
    {
        var width = blocks.Width;
        _heads = blocks.Heads;
        _query = layers.Normal(Math.Pow(width, -0.5), width);
        _inWeight = new Parameter(empty(3 * width, width));
        _inBias = new Parameter(zeros(3 * width));
        _out = layers.Linear(width, width);
        _norm = nn.LayerNorm(width, blocks.Epsilon);
        _mlp = new Mlp(blocks, layers);
        RegisterComponents();
        if (!layers.IsBlank)
        {
            nn.init.xavier_uniform_(_inWeight);
            nn.init.zeros_(_out.bias!);
        }
    }

    /// <param name="tokens">[B, T, D].</param>
    /// <returns>[B, D].</returns>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var attended = Attend(tokens);
        return attended.Plus(_mlp.forward(_norm.forward(attended))).MoveToOuterDisposeScope();
    }

    /// <summary>What the tokens answer.</summary>
    /// <param name="tokens">[B, T, D].</param>
    /// <returns>[B, D].</returns>
    public Tensor Attend(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var (batch, count, width) = (tokens.shape[0], tokens.shape[1], tokens.shape[2]);
        var query = Products.Linear(_query.unsqueeze(0), _inWeight.narrow(0, 0, width), _inBias.narrow(0, 0, width));
        var joint = Products.Linear(tokens, _inWeight.narrow(0, width, 2 * width), _inBias.narrow(0, width, 2 * width));
        var split = joint.view(batch, count, 2, _heads, width / _heads).permute(2, 0, 3, 1, 4);          // [2, B, A, T, D/A]
        var asked = query.view(1, _heads, 1, width / _heads).expand(batch, -1, -1, -1);                  // [B, A, 1, D/A]
        var answer = nn.functional.scaled_dot_product_attention(asked, split[0], split[1]);              // [B, A, 1, D/A]
        return Products.Linear(answer.reshape(batch, width), _out.weight!, _out.bias!).MoveToOuterDisposeScope();
    }
}
