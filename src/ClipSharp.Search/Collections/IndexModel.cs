namespace ClipSharp.Search.Collections;

/// <summary>What the vectors of a store depend on: those of two models say nothing to each other.</summary>
/// <param name="Name">The model as a person named it.</param>
/// <param name="Weights">Hash over the model's weights.</param>
/// <param name="Engine">What computed the vectors, such as "torch cpu bf16".</param>
/// <param name="Preprocess">All that pixels depend on, as text.</param>
/// <param name="Dimension">E.</param>
internal sealed record IndexModel(string Name, string Weights, string Engine, string Preprocess, int Dimension)
{
    /// <summary>A model under the name that a person gave it.</summary>
    public static IndexModel Of(Clip clip, string name) =>
        new(name, clip.WeightsKey, clip.Encoder.Engine, clip.PixelsKey, clip.Encoder.EmbedDim);

    /// <summary>The model of a store to which pictures are added: that which is there, or the given one where it is
    /// new.</summary>
    /// <param name="there">What the store holds, or null.</param>
    /// <param name="clip">The model whose vectors are to be added.</param>
    /// <param name="name">How a person named it.</param>
    /// <param name="where">The store, as errors name it.</param>
    /// <exception cref="ClipException">The store is of another model, engine or preprocessing.</exception>
    public static IndexModel Require(IndexModel? there, Clip clip, string name, string where)
    {
        var here = Of(clip, name);
        if (there is null)
        {
            return here;
        }

        there.RequireSameWeights(clip, where);
        if (there.Engine != here.Engine)
        {
            throw Refusal("The index was computed by another engine", where, here.Engine, there.Engine,
                "Choose it with --engine and --precision, or make another index.");
        }

        return there.Preprocess == here.Preprocess
            ? there
            : throw Refusal("The index holds pictures that were prepared another way", where, here.Preprocess, there.Preprocess,
                "Give the same options for pictures, or make another index.");
    }

    /// <summary>Refuses to search with another model's vectors; what computes them may differ.</summary>
    /// <exception cref="ClipException">It is another model.</exception>
    public void RequireSameWeights(Clip clip, string where)
    {
        if (Weights != clip.WeightsKey)
        {
            throw Refusal("The index holds vectors of another model", where, "other weights", $"those of {Name}",
                "Give that model with --model, or make another index.");
        }
    }

    private static ClipException Refusal(string what, string where, string found, string expected, string remedy) =>
        new(ClipError.Config, what, where, found, expected, remedy);
}
