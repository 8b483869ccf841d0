namespace ClipSharp;

/// <summary>From cosines to logits and from these to probabilities, as a model was trained: with the softmax over all texts (CLIP)
/// or, where there is a bias, with the sigmoid of each pair by itself (SigLIP, Zhai et al. 2023).</summary>
/// <param name="Scale">exp of the learned logit scale.</param>
/// <param name="Bias">The learned logit bias; null = the model was trained with the softmax.</param>
public readonly record struct Logits(double Scale, double? Bias = null)
{
    /// <summary>Whether each pair has a probability of its own; else those of a picture sum to 1.</summary>
    public bool IsSigmoid => Bias is not null;

    /// <summary>The same for probabilities that sum to 1: a bias that all texts share changes no softmax.</summary>
    public Logits Softmax() => new(Scale);

    /// <summary>Logits divided by a temperature: above 1 the model is less sure.</summary>
    /// <param name="temperature">Above 0.</param>
    public Logits DividedBy(double temperature) => new(Scale / temperature, Bias / temperature);

    /// <summary>scale · cosine + bias.</summary>
    public double Of(double cosine) => (Scale * cosine) + (Bias ?? 0);

    /// <summary>Probabilities of a picture's texts.</summary>
    /// <param name="cosines">[C].</param>
    /// <returns>[C], 0 to 1.</returns>
    public double[] Probabilities(ReadOnlySpan<float> cosines)
    {
        var probabilities = new double[cosines.Length];
        for (var i = 0; i < cosines.Length; i++)
        {
            probabilities[i] = cosines[i];
        }

        ToProbabilities(probabilities);
        return probabilities;
    }

    /// <summary>Turns a picture's cosines into probabilities.</summary>
    /// <param name="cosines">[C], written over.</param>
    public void ToProbabilities(Span<double> cosines)
    {
        if (IsSigmoid)
        {
            foreach (ref var value in cosines)
            {
                value = 1 / (1 + Math.Exp(-Of(value)));
            }

            return;
        }

        var (best, sum) = (double.NegativeInfinity, 0.0);
        foreach (var cosine in cosines)
        {
            best = Math.Max(best, cosine);
        }

        foreach (ref var value in cosines)
        {
            value = Math.Exp(Scale * (value - best));
            sum += value;
        }

        foreach (ref var value in cosines)
        {
            value /= sum;
        }
    }
}
