namespace ClipSharp.Models.Towers;

/// <summary>A tower as the list of its layers, in the order in which they compute. Names, shapes, costs and the memory of a step
/// follow from it.</summary>
/// <param name="Parts">What one part gives, the next takes; a training pass may stop between two parts and compute one of them
/// again.</param>
internal sealed record Tower(IReadOnlyList<IReadOnlyList<TowerLayer>> Parts)
{
    /// <summary>All layers.</summary>
    public IEnumerable<TowerLayer> Layers => Parts.SelectMany(part => part);

    /// <summary>The image tower.</summary>
    /// <param name="config">The model; validated.</param>
    public static Tower Image(ModelConfig config) =>
        config.Vision.IsResNet ? ResNet(config.Vision, config.EmbedDim) : ViT(config.Vision, config.ImageBlocks, config.EmbedDim);

    /// <summary>The text tower, at its full context.</summary>
    /// <param name="config">The model; validated.</param>
    public static Tower Text(ModelConfig config)
    {
        var (text, blocks) = (config.Text, config.TextBlocks);
        var hasClassToken = text.EmbedCls is true;
        return new Tower(
        [
            [
                new TokenEmbedding("token_embedding", text.VocabSize, blocks.Width),
                .. hasClassToken ? [new OwnParameter("cls_emb", blocks.Width)] : (TowerLayer[])[],
                new Positions("positional_embedding", text.Rows, blocks.Width),
            ],
            .. Blocks("transformer", text.Rows, blocks, hidesPadding: hasClassToken),
            [
                new RowPooling(blocks.Width),
                new NormLayer("ln_final", 1, blocks.Width),
                .. Projected("text_projection", text.Projection, blocks.Width, config.EmbedDim),
            ],
        ]);
    }

    private static Tower ViT(VisionConfig vision, BlockStack blocks, int embedDim)
    {
        var patches = vision.Grid.Area;
        var extra = vision.HasClassToken ? 1 : 0;
        var kept = vision.PatchDropout > 0 ? Math.Max(1, (int)(patches * (1 - vision.PatchDropout))) : patches;
        var tokens = kept + extra;
        List<TowerLayer> begin =
            [new PatchEmbedding("visual.conv1", vision.PatchSize!.Value, patches, blocks.Width, vision.HasPatchBias)];
        if (vision.HasClassToken)
        {
            begin.Add(new OwnParameter("visual.class_embedding", blocks.Width));
        }

        begin.Add(new Positions("visual.positional_embedding", patches + extra, blocks.Width));
        if (kept < patches)
        {
            begin.Add(new PatchDropout(kept));
        }

        if (vision.HasNormBefore)
        {
            begin.Add(new NormLayer("visual.ln_pre", tokens, blocks.Width));
        }

        return new Tower([begin, .. Blocks("visual.transformer", tokens, blocks),
            [
                .. Pooled(vision, blocks, tokens),
                .. Projected("visual.proj", vision.Projection, blocks.Width, embedDim),
            ]]);
    }

    // A norm and the choice of one row may change places: only the rows that are read are normed then.
    private static IEnumerable<TowerLayer> Pooled(VisionConfig vision, BlockStack blocks, long tokens)
    {
        NormLayer Norm(long rows) => new("visual.ln_post", rows, blocks.Width);
        var average = new AveragePooling(tokens - (vision.HasClassToken ? 1 : 0), blocks.Width);
        return vision.Pooling switch
        {
            ImagePooling.ClassToken => [new RowPooling(blocks.Width), Norm(1)],
            ImagePooling.Average when vision.FinalLnAfterPool is true => [average, Norm(1)],
            ImagePooling.Average => [Norm(tokens), average],
            _ => [Norm(tokens), new AttentionPooling("visual.attn_pool", tokens, blocks)],
        };
    }

    private static IEnumerable<IReadOnlyList<TowerLayer>> Blocks(
        string name, long tokens, BlockStack blocks, bool hidesPadding = false) =>
        Enumerable.Range(0, blocks.Count).Select(i => (IReadOnlyList<TowerLayer>)
            [new TransformerBlock($"{name}.resblocks.{i}", tokens, blocks, hidesPadding)]);

    private static IEnumerable<TowerLayer> Projected(string name, ProjectionKind kind, int width, int embedDim) =>
        kind == ProjectionKind.None ? [] : [new Projection(name, width, embedDim, kind == ProjectionKind.Biased)];

    private static Tower ResNet(VisionConfig vision, int embedDim)
    {
        var size = vision.ImageSize.Height; // a square
        List<IReadOnlyList<TowerLayer>> parts = [[new ResNetStem("visual.", size, vision.Width)]];
        var (side, inputs) = (size / 4, vision.Width);
        for (var stage = 0; stage < vision.Layers.Count; stage++)
        {
            for (var i = 0; i < vision.Layers[stage]; i++)
            {
                var after = i == 0 && stage > 0 ? side / 2 : side;
                var block = new Bottleneck($"visual.layer{stage + 1}.{i}.", inputs, vision.Width << stage, side, after, i == 0);
                parts.Add([block]);
                (side, inputs) = (after, block.Outputs);
            }
        }

        parts.Add([new GridPooling("visual.attnpool.", vision.Grid.Height, vision.FeatureWidth, vision.Heads, embedDim)]);
        return new Tower(parts);
    }
}
