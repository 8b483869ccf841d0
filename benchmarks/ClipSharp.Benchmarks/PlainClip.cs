using ClipSharp.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Benchmarks;

/// <summary>A CLIP as one would write it first in TorchSharp: its own modules, its own optimizer, no native calls. The
/// rival.</summary>
internal sealed class PlainClip : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> _image;
    private readonly Embedding _tokens;
    private readonly Parameter _textPositions;
    private readonly ModuleList<PlainBlock> _textBlocks;
    private readonly LayerNorm _final;
    private readonly Linear _textProjection;
    private readonly Parameter _scale;

    public PlainClip(ModelConfig config) : base(nameof(PlainClip))
    {
        var text = config.Text;
        _image = config.Vision.IsResNet
            ? new PlainResNet(config.Vision, config.EmbedDim)
            : new PlainVisionTransformer(config.Vision, config.EmbedDim);
        _tokens = nn.Embedding(text.VocabSize, text.Width);
        _textPositions = new Parameter(randn(text.ContextLength, text.Width) * 0.02);
        _textBlocks = new ModuleList<PlainBlock>(
            [.. Enumerable.Range(0, text.Layers).Select(_ => new PlainBlock(text.Width, text.Heads))]);
        _final = nn.LayerNorm(text.Width);
        _textProjection = nn.Linear(text.Width, config.EmbedDim, false);
        _scale = new Parameter(tensor(2.6593f));
        RegisterComponents();
    }

    /// <param name="pixels">[B, 3, S, S].</param>
    /// <returns>[B, E] of unit length.</returns>
    public Tensor EncodeImages(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return nn.functional.normalize(_image.call(pixels)).MoveToOuterDisposeScope();
    }

    /// <returns>The loss.</returns>
    public override Tensor forward(Tensor pixels, Tensor ids)
    {
        using var scope = NewDisposeScope();
        var logits = EncodeImages(pixels).mm(EncodeTexts(ids).t()).to(float32) * _scale.to(float32).exp();
        var labels = arange(ids.shape[0], dtype: ScalarType.Int64);
        return ((nn.functional.cross_entropy(logits, labels) + nn.functional.cross_entropy(logits.t(), labels)) / 2)
            .MoveToOuterDisposeScope();
    }

    /// <param name="ids">[B, T]; the end token is the largest id.</param>
    /// <returns>[B, E] of unit length.</returns>
    public Tensor EncodeTexts(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var length = ids.shape[1];
        using var mask = full(length, length, float.NegativeInfinity).triu(1).to(_textPositions.dtype);
        var state = _tokens.forward(ids) + _textPositions.narrow(0, 0, length);
        foreach (var block in _textBlocks)
        {
            state = block.forward(state, mask);
        }

        var ends = ids.argmax(1);
        var rows = _final.forward(state).gather(1, ends.view(-1, 1, 1).expand(-1, 1, state.shape[2])).squeeze(1);
        return nn.functional.normalize(_textProjection.forward(rows)).MoveToOuterDisposeScope();
    }
}

internal sealed class PlainBlock : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly LayerNorm _norm1;
    private readonly MultiheadAttention _attention;
    private readonly LayerNorm _norm2;
    private readonly Linear _expand;
    private readonly Linear _project;

    public PlainBlock(int width, int heads) : base(nameof(PlainBlock))
    {
        _norm1 = nn.LayerNorm(width);
        _attention = nn.MultiheadAttention(width, heads);
        _norm2 = nn.LayerNorm(width);
        _expand = nn.Linear(width, 4 * width);
        _project = nn.Linear(4 * width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor state, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var normed = _norm1.forward(state).transpose(0, 1); // the module wants the tokens first
        var attended = _attention.forward(normed, normed, normed, null, false, mask).Item1.transpose(0, 1);
        state = state + attended;
        var hidden = _expand.forward(_norm2.forward(state));
        return (state + _project.forward(hidden * sigmoid(1.702 * hidden))).MoveToOuterDisposeScope();
    }
}
