namespace ClipSharp.Models;

/// <summary>What a model costs: parameters, and multiply-adds of one forward pass, which the paper's figures call FLOPs. Counted
/// are convolutions, linear maps and the two products of attention, the causal mask's half included; norms and activations are
/// not.</summary>
/// <param name="ImageParameters">Parameters of the image tower, its projection included.</param>
/// <param name="TextParameters">All others: the text tower, its projection and the logit scale.</param>
/// <param name="ImageMultiplyAdds">For one picture.</param>
/// <param name="TextMultiplyAdds">For one text of full length.</param>
public sealed record ModelCost(long ImageParameters, long TextParameters, double ImageMultiplyAdds, double TextMultiplyAdds)
{
    /// <summary>All parameters.</summary>
    public long Parameters => ImageParameters + TextParameters;

    /// <summary>For one picture with its text, forward.</summary>
    public double PairMultiplyAdds => ImageMultiplyAdds + TextMultiplyAdds;

    /// <summary>The cost of a model.</summary>
    /// <param name="config">The model; validated.</param>
    public static ModelCost Of(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        long image = 0, text = 0;
        foreach (var entry in StateDictShapes.Of(config).Where(entry => !entry.IsBuffer))
        {
            var count = entry.Shape.Aggregate(1L, (product, side) => checked(product * side));
            if (entry.Name.StartsWith("visual.", StringComparison.Ordinal))
            {
                image += count;
            }
            else
            {
                text += count;
            }
        }

        var (vision, words) = (config.Vision, config.Text);
        return new ModelCost(image, text,
            vision.IsResNet ? ResNet(vision, config.EmbedDim) : ViT(vision, config.EmbedDim),
            Transformer(words.ContextLength, words.Width, words.MlpWidth, words.Layers)
            + ((double)words.Width * config.EmbedDim));
    }

    private static double ViT(VisionConfig vision, int embed)
    {
        var patches = (double)vision.Grid * vision.Grid;
        var patch = (double)vision.PatchSize!.Value;
        return (patches * 3 * patch * patch * vision.Width)
            + Transformer(patches + 1, vision.Width, vision.MlpWidth, vision.Layers[0])
            + ((double)vision.Width * embed);
    }

    private static double Transformer(double tokens, double width, double mlpWidth, int layers) =>
        layers * ((tokens * ((4 * width * width) + (2 * width * mlpWidth))) + (2 * tokens * tokens * width));

    private static double ResNet(VisionConfig vision, int embed)
    {
        double width = vision.Width;
        var side = vision.ImageSize / 2.0;
        var sum = Convolution(side, 3, width / 2, 3)
            + Convolution(side, width / 2, width / 2, 3)
            + Convolution(side, width / 2, width, 3);
        side /= 2;
        var inputs = width;
        for (var stage = 0; stage < vision.Layers.Count; stage++)
        {
            var planes = width * (1 << stage);
            for (var i = 0; i < vision.Layers[stage]; i++)
            {
                // The average pool that halves the side stands behind the second convolution.
                var after = i == 0 && stage > 0 ? side / 2 : side;
                sum += Convolution(side, inputs, planes, 1)
                    + Convolution(side, planes, planes, 3)
                    + Convolution(after, planes, 4 * planes, 1);
                sum += i == 0 ? Convolution(after, inputs, 4 * planes, 1) : 0;
                (side, inputs) = (after, 4 * planes);
            }
        }

        // Every cell asks, though only the mean's answer is used: so the published figures count the attention pool.
        double features = vision.FeatureWidth, cells = ((double)vision.Grid * vision.Grid) + 1;
        return sum + (cells * features * ((3 * features) + (2 * cells) + embed));
    }

    private static double Convolution(double side, double inputs, double outputs, int kernel) =>
        side * side * inputs * outputs * kernel * kernel;
}
