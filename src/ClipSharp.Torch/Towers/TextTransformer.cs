using ClipSharp.Models;
using ClipSharp.Models.Towers;
using ClipSharp.Torch.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>The text tower: GPT-2's pre-norm Transformer, in CLIP with a causal mask and read at the end token (paper 2.4;
/// <c>encode_text</c> in openai/CLIP); other families mask nothing or read another token (<c>TextTransformer</c> in
/// open_clip).</summary>
internal sealed class TextTransformer : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly int _paddingId;

    [ComponentName(Name = "token_embedding")]
    private readonly Embedding _tokens; // [V, D]

    [ComponentName(Name = "cls_emb")]
    private readonly Parameter? _classEmbedding; // [D]

    [ComponentName(Name = "positional_embedding")]
    private readonly Parameter _positions; // [T, D], with a class token [T + 1, D]

    [ComponentName(Name = "transformer")]
    private readonly Transformer _transformer;

    [ComponentName(Name = "ln_final")]
    private readonly LayerNorm _normAfter;

    [ComponentName(Name = "text_projection")]
    private readonly Parameter? _projection; // [D, E]

    [ComponentName(Name = "text_projection_bias")]
    private readonly Parameter? _projectionBias; // [E]

    public TextTransformer(ModelConfig config, Layers layers) : base(nameof(TextTransformer))
    {
        var (text, blocks) = (config.Text, config.TextBlocks);
        _paddingId = text.PaddingId;
        _tokens = layers.Embedding(text.VocabSize, blocks.Width);
        _classEmbedding = text.EmbedCls is true ? layers.Normal(0.01, blocks.Width) : null;
        _positions = new Parameter(empty(text.Rows, blocks.Width));
        _transformer = new Transformer(blocks, layers);
        _normAfter = nn.LayerNorm(blocks.Width, blocks.Epsilon);
        _projection = text.Projection == ProjectionKind.None ? null : new Parameter(empty(blocks.Width, config.EmbedDim));
        _projectionBias = text.Projection == ProjectionKind.Biased ? new Parameter(zeros(config.EmbedDim)) : null;
        RegisterComponents();
        if (!layers.IsBlank)
        {
            Initialize(blocks);
        }
    }

    public Embedding Tokens => _tokens;

    public Transformer Transformer => _transformer;

    public LayerNorm NormAfter => _normAfter;

    /// <summary>Token embeddings, behind them the class token where there is one, plus positions.</summary>
    /// <param name="ids">int64 [B, T].</param>
    /// <returns>[B, T, D], with a class token [B, T + 1, D].</returns>
    public Tensor Embed(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var tokens = _tokens.forward(ids).to(float32);
        if (_classEmbedding is not null)
        {
            tokens = cat([tokens, _classEmbedding.expand(ids.shape[0], 1, -1)], dim: 1);
        }

        return tokens.Plus(_positions.narrow(0, 0, tokens.shape[1])).MoveToOuterDisposeScope();
    }

    /// <summary>Which rows are seen at all: with a class token padding is not. The mask of the published models begins with the
    /// class token, which stands last, and so hides what follows a padding token, not the token itself
    /// (<c>_build_additive_mask</c> in open_clip).</summary>
    /// <param name="ids">int64 [B, T].</param>
    /// <returns>bool [B, 1, 1, T + 1]; null without a class token.</returns>
    public Tensor? Seen(Tensor ids)
    {
        if (_classEmbedding is null)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        using var padding = _paddingId.ToScalar();
        var first = ones(ids.shape[0], 1, dtype: @bool, device: ids.device);
        return cat([first, ids.ne(padding)], dim: 1).unsqueeze(1).unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>The tower's parts in order, from ids to [B, E].</summary>
    /// <param name="ids">int64 [B, T].</param>
    /// <param name="readPositions">int64 [B]: where each text's feature is read.</param>
    public IReadOnlyList<Func<Tensor, Tensor>> Chain(Tensor ids, Tensor readPositions) =>
    [
        Embed,
        .. _transformer.Blocks.Select(block => (Func<Tensor, Tensor>)(state => Through(block, state, ids))),
        state => End(state, readPositions),
    ];

    /// <param name="ids">int64 [B, T].</param>
    /// <param name="readPositions">int64 [B]: where each text's feature is read.</param>
    /// <returns>[B, E], not yet of unit length.</returns>
    public override Tensor forward(Tensor ids, Tensor readPositions) => Chain(ids, readPositions).Run(ids);

    // What is seen is made anew for each block: a part of a pass that is computed again has no other memory than ids.
    private Tensor Through(ResidualBlock block, Tensor state, Tensor ids)
    {
        using var seen = Seen(ids);
        return block.forward(state, seen);
    }

    // The norm works row by row, so only the rows that are read are normed.
    private Tensor End(Tensor state, Tensor readPositions)
    {
        using var scope = NewDisposeScope();
        return Project(ReadRow(state, readPositions)).MoveToOuterDisposeScope();
    }

    /// <summary>The feature in the joint space.</summary>
    /// <param name="row">[B, 1, D], of the last block's output the row that is read.</param>
    /// <returns>[B, E].</returns>
    public Tensor Project(Tensor row)
    {
        using var scope = NewDisposeScope();
        return _normAfter.forward(row.squeeze(1)).Projected(_projection, _projectionBias).MoveToOuterDisposeScope();
    }

    /// <summary>One row of each text.</summary>
    /// <param name="state">[B, T, D].</param>
    /// <param name="readPositions">int64 [B].</param>
    /// <returns>[B, 1, D].</returns>
    public static Tensor ReadRow(Tensor state, Tensor readPositions)
    {
        using var scope = NewDisposeScope();
        return state.gather(1, readPositions.view(-1, 1, 1).expand(-1, 1, state.shape[2])).MoveToOuterDisposeScope();
    }

    // initialize_parameters in openai/CLIP, model.py.
    private void Initialize(BlockStack blocks)
    {
        nn.init.normal_(_tokens.weight!, 0, 0.02);
        nn.init.normal_(_positions, 0, 0.01);
        var attention = Math.Pow(blocks.Width, -0.5);
        var residual = attention * Math.Pow(2 * blocks.Count, -0.5);
        var expand = Math.Pow(2 * blocks.Width, -0.5);
        foreach (var block in _transformer.Blocks)
        {
            nn.init.normal_(block.Attention.InWeight, 0, attention);
            nn.init.normal_(block.Attention.Out.weight!, 0, residual);
            nn.init.normal_(block.Mlp.Expand.weight!, 0, expand);
            nn.init.normal_(block.Mlp.Project.weight!, 0, residual);
        }

        if (_projection is not null)
        {
            nn.init.normal_(_projection, 0, attention);
        }
    }
}
