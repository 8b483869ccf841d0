namespace ClipSharp;

/// <summary>The one check that vectors are numbers: those of an engine, of a file, of whatever is ranked. A NaN or an infinity
/// spreads through all that is computed with it and would be measured, written and shown as if it meant something.</summary>
internal static class FiniteVectors
{
    /// <summary>Refuses vectors that hold a NaN or an infinity.</summary>
    /// <param name="vectors">[N, E].</param>
    /// <param name="nameOf">From a row to the picture, text or class that it stands for.</param>
    /// <param name="cause">Says what of the weights makes it so, a sentence, or null; asked only when it is so.</param>
    /// <returns>The same vectors.</returns>
    /// <exception cref="ClipException">One is not finite: the first is named.</exception>
    public static Embeddings Require(Embeddings vectors, Func<int, string> nameOf, Func<string?>? cause = null)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(nameOf);
        for (var row = 0; row < vectors.Count; row++)
        {
            foreach (var value in vectors.Row(row))
            {
                if (!float.IsFinite(value))
                {
                    throw Refusal(nameOf(row), $"{value}", cause?.Invoke());
                }
            }
        }

        return vectors;
    }

    /// <summary>Refuses a logit scale or bias that is a NaN or an infinity.</summary>
    /// <exception cref="ClipException">One is.</exception>
    public static Logits Require(Logits logits) => logits switch
    {
        { Scale: var scale } when !double.IsFinite(scale) => throw Refusal("the logit scale", $"{scale}", null),
        { Bias: { } bias } when !double.IsFinite(bias) => throw Refusal("the logit bias", $"{bias}", null),
        _ => logits,
    };

    public static ClipException Refusal(string of, string found, string? cause) =>
        new(ClipError.Data, "A vector is not usable", of, found, "finite numbers, not all 0",
            cause ?? "The weights are damaged (clipsharp inspect names the tensor) or overflow in this precision: try --precision fp32.");
}
