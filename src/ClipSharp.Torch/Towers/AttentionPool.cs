using ClipSharp.Torch.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>Pools a grid by one attention whose only query is the grid's mean (paper 2.4; <c>AttentionPool2d</c> in openai/CLIP).
/// Its last projection is the image projection W_i.</summary>
internal sealed class AttentionPool : nn.Module<Tensor, Tensor>
{
    private readonly int _heads;

    [ComponentName(Name = "positional_embedding")]
    private readonly Parameter _positions; // [G² + 1, C]

    [ComponentName(Name = "q_proj")]
    private readonly Linear _query;

    [ComponentName(Name = "k_proj")]
    private readonly Linear _key;

    [ComponentName(Name = "v_proj")]
    private readonly Linear _value;

    [ComponentName(Name = "c_proj")]
    private readonly Linear _project;

    public AttentionPool(int grid, int channels, int heads, int embedDim, Layers layers) : base(nameof(AttentionPool))
    {
        _heads = heads;
        var spread = Math.Pow(channels, -0.5);
        _positions = layers.Normal(spread, (grid * grid) + 1, channels);
        _query = layers.Linear(channels, channels);
        _key = layers.Linear(channels, channels);
        _value = layers.Linear(channels, channels);
        _project = layers.Linear(channels, embedDim);
        RegisterComponents();
        foreach (var layer in layers.IsBlank ? [] : (Linear[])[_query, _key, _value, _project])
        {
            nn.init.normal_(layer.weight!, 0, spread);
        }
    }

    public int Heads => _heads;

    /// <summary>[G² + 1, C].</summary>
    public Parameter Positions => _positions;

    public Linear Query => _query;

    public Linear Key => _key;

    public Linear Value => _value;

    public Linear Project => _project;

    /// <param name="grid">[B, C, G, G].</param>
    /// <returns>[B, E].</returns>
    public override Tensor forward(Tensor grid)
    {
        using var scope = NewDisposeScope();
        var tokens = Tokens(grid, _positions);
        var query = Split(_query, tokens.narrow(1, 0, 1));                                      // [B, A, 1, C/A]
        var heads = nn.functional.scaled_dot_product_attention(query, Split(_key, tokens), Split(_value, tokens));
        return _project.forward(heads.flatten(1)).MoveToOuterDisposeScope();                             // [B, E]
    }

    /// <summary>A grid's mean and its cells, each with its place.</summary>
    /// <param name="grid">[B, C, G, G].</param>
    /// <param name="positions">[G² + 1, C].</param>
    /// <returns>[B, G² + 1, C].</returns>
    public static Tensor Tokens(Tensor grid, Tensor positions)
    {
        using var scope = NewDisposeScope();
        var cells = grid.flatten(2).transpose(1, 2);                                                     // [B, G², C]
        return cat([cells.mean([1L], keepdim: true), cells], dim: 1).Plus(positions).MoveToOuterDisposeScope();
    }

    // [B, T, C] -> [B, A, T, C/A]
    private Tensor Split(Linear projection, Tensor tokens) =>
        Products.Linear(tokens, projection.weight!, projection.bias!)
            .view(tokens.shape[0], tokens.shape[1], _heads, tokens.shape[2] / _heads).transpose(1, 2);
}
