using ClipSharp.Models;
using ClipSharp.Models.Towers;
using ClipSharp.Torch.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>The text tower: GPT-2's pre-norm Transformer, in CLIP with a causal mask and read at the end token (paper 2.4;
/// <c>encode_text</c> in openai/CLIP); other families mask nothing or read another token (<c>TextTransformer</c> in
/// open_clip).</summary>
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
    private readonly Parameter? _projection; // [D, E]

    [ComponentName(Name = "text_projection_bias")]
    private readonly Parameter? _projectionBias; // [E]

    public TextTransformer(ModelConfig config, Layers layers) : base(nameof(TextTransformer))
    {
        var (text, blocks) = (config.Text, config.TextBlocks);
        _tokens = layers.Embedding(text.VocabSize, blocks.Width);
        _positions = new Parameter(empty(text.ContextLength, blocks.Width));
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

    /// <summary>Token embeddings plus positions.</summary>
    /// <param name="ids">int64 [B, T].</param>
    /// <returns>[B, T, D].</returns>
    public Tensor Embed(Tensor ids)
    {
        using var scope = NewDisposeScope();
        return _tokens.forward(ids).to(float32).Plus(_positions.narrow(0, 0, ids.shape[1])).MoveToOuterDisposeScope();
    }

    /// <summary>The tower's parts in order, from ids [B, T] to [B, E].</summary>
    /// <param name="readPositions">int64 [B]: where each text's feature is read.</param>
    public IReadOnlyList<Func<Tensor, Tensor>> Chain(Tensor readPositions) =>
        [Embed, .. _transformer.Blocks.Select(block => (Func<Tensor, Tensor>)block.forward), state => End(state, readPositions)];

    /// <param name="ids">int64 [B, T].</param>
    /// <param name="readPositions">int64 [B]: where each text's feature is read.</param>
    /// <returns>[B, E], not yet of unit length.</returns>
    public override Tensor forward(Tensor ids, Tensor readPositions) => Chain(readPositions).Run(ids);

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
