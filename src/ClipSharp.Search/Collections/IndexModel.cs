namespace ClipSharp.Search.Collections;

/// <summary>Whether a model is that of an index: vectors of two models say nothing to each other.</summary>
internal static class IndexModel
{
    /// <summary>The manifest to which pictures of a model are added: that which is there, or a new one.</summary>
    /// <exception cref="ClipException">It is of another model, engine or preprocessing.</exception>
    public static IndexManifest Require(IndexManifest? there, Clip clip, string name, string folder)
    {
        var here = new IndexManifest
        {
            Model = name,
            Weights = clip.WeightsKey,
            Engine = clip.Encoder.Engine,
            Preprocess = clip.PixelsKey,
            Dimension = clip.Encoder.EmbedDim,
        };
        if (there is null)
        {
            return here;
        }

        RequireSameWeights(there, clip, folder);
        if (there.Engine != here.Engine)
        {
            throw Refusal("The index was computed by another engine", folder, here.Engine, there.Engine,
                "Choose it with --engine and --precision, or make another index.");
        }

        return there.Preprocess == here.Preprocess
            ? there
            : throw Refusal("The index holds pictures that were prepared another way", folder, here.Preprocess, there.Preprocess,
                "Give the same options for pictures, or make another index.");
    }

    /// <summary>Refuses to search with another model's vectors; what computes them may differ.</summary>
    /// <exception cref="ClipException">It is another model.</exception>
    public static void RequireSameWeights(IndexManifest there, Clip clip, string folder)
    {
        if (there.Weights != clip.WeightsKey)
        {
            throw Refusal("The index holds vectors of another model", folder, "other weights", $"those of {there.Model}",
                "Give that model with --model, or make another index.");
        }
    }

    private static ClipException Refusal(string what, string folder, string found, string expected, string remedy) =>
        new(ClipError.Config, what, folder, found, expected, remedy);
}
