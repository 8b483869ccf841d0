using ClipSharp.Models;
using ClipSharp.Torch.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>The text tower: GPT-2's pre-norm Transformer with a causal mask; the feature is read at the end token
/// (paper 2.4; <c>encode_text</c> in openai/CLIP).</summary>
internal sealed class TextTransformer : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "token_embedding")]
    private readonly Embedding _tokens; // [V, D]

    [ComponentName(Name = "positional_embedding")]
    private readonly Parameter _positions; // [T, D]

    [ComponentName(Name = "transformer")]
    private readonly Transformer _transformer;

    [ComponentName(Name = "ln_final")]
    private readonly LayerNorm _normAfter;

    [ComponentName(Name = "text_projection")]
    private readonly Parameter _projection; // [D, E]

    public TextTransformer(TextConfig config, int embedDim, bool quickGelu, Layers layers) : base(nameof(TextTransformer))
    {
        _tokens = layers.Embedding(config.VocabSize, config.Width);
        _positions = new Parameter(empty(config.ContextLength, config.Width));
        _transformer = new Transformer(config.Width, config.Layers, config.Heads, config.MlpRatio, quickGelu, causal: true,
            layers);
        _normAfter = nn.LayerNorm(config.Width);
        _projection = new Parameter(empty(config.Width, embedDim));
        RegisterComponents();
        if (!layers.IsBlank)
        {
            Initialize(config);
        }
    }

    public Embedding Tokens => _tokens;

    public Transformer Transformer => _transformer;

    public LayerNorm NormAfter => _normAfter;

    /// <summary>Token embeddings plus positions.</summary>
    /// <param name="ids">int64 [B, T].</param>
    /// <returns>[B, T, D].</returns>
    public Tensor Embed(Tensor ids)
    {
        using var scope = NewDisposeScope();
        return _tokens.forward(ids).to(float32).Plus(_positions.narrow(0, 0, ids.shape[1])).MoveToOuterDisposeScope();
    }

    /// <summary>The tower's parts in order, from ids [B, T] to [B, E].</summary>
    /// <param name="endPositions">int64 [B]: where each text's end token stands.</param>
    public IReadOnlyList<Func<Tensor, Tensor>> Chain(Tensor endPositions) =>
        [Embed, .. _transformer.Blocks.Select(block => (Func<Tensor, Tensor>)block.forward), state => End(state, endPositions)];

    /// <param name="ids">int64 [B, T].</param>
    /// <param name="endPositions">int64 [B]: where each text's end token stands.</param>
    /// <returns>[B, E], not yet of unit length.</returns>
    public override Tensor forward(Tensor ids, Tensor endPositions) => Chain(endPositions).Run(ids);

    private Tensor End(Tensor state, Tensor endPositions)
    {
        using var scope = NewDisposeScope();
        return _normAfter.forward(EndRow(state, endPositions)).mm(_projection).MoveToOuterDisposeScope(); // [B, E]
    }

    // The norm works row by row, so only the rows that are read are normed.
    private static Tensor EndRow(Tensor state, Tensor endPositions)
    {
        var index = endPositions.view(-1, 1, 1).expand(-1, 1, state.shape[2]);                           // [B, 1, D]
        return state.gather(1, index).squeeze(1);                                                        // [B, D]
    }

    // initialize_parameters in openai/CLIP, model.py.
    private void Initialize(TextConfig config)
    {
        nn.init.normal_(_tokens.weight!, 0, 0.02);
        nn.init.normal_(_positions, 0, 0.01);
        var attention = Math.Pow(config.Width, -0.5);
        var residual = attention * Math.Pow(2 * config.Layers, -0.5);
        var expand = Math.Pow(2 * config.Width, -0.5);
        foreach (var block in _transformer.Blocks)
        {
            nn.init.normal_(block.Attention.InWeight, 0, attention);
            nn.init.normal_(block.Attention.Out.weight!, 0, residual);
            nn.init.normal_(block.Mlp.Expand.weight!, 0, expand);
            nn.init.normal_(block.Mlp.Project.weight!, 0, residual);
        }

        nn.init.normal_(_projection, 0, attention);
    }
}
