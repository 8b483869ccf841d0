using ClipSharp.Host;

namespace ClipSharp.Evaluation.Templates;

/// <summary>The class vectors of each template apart, [T, C, E], of which the classifier of any of them is made without encoding
/// again: what zero-shot naming averages are unit vectors of prompts, and a sum of sums is the sum.</summary>
public sealed class TemplateVectors
{
    private readonly Embeddings[] _sums;

    /// <param name="sums">[T]: of each template [C, E], for each class the sum of its prompts' unit vectors; taken over, not
    /// copied.</param>
    public TemplateVectors(IReadOnlyList<Embeddings> sums)
    {
        ArgumentNullException.ThrowIfNull(sums);
        _sums = sums.Count > 0 && sums.All(sum => (sum.Count, sum.Dimension) == (sums[0].Count, sums[0].Dimension))
            ? [.. sums]
            : throw new ArgumentException("There is no template, or they are not of the same classes.", nameof(sums));
    }

    /// <summary>T.</summary>
    public int Count => _sums.Length;

    /// <summary>C.</summary>
    public int Classes => _sums[0].Count;

    /// <summary>The classifier of some templates, [C, E], rows of unit length, as
    /// <see cref="ZeroShot.ZeroShotClassifier.Build"/> averages.</summary>
    /// <param name="templates">Which, one or more, each 0 to T − 1.</param>
    /// <exception cref="ClipException">A class's vectors cancel each other.</exception>
    public Embeddings Classifier(params IReadOnlyList<int> templates)
    {
        ArgumentNullException.ThrowIfNull(templates);
        ArgumentOutOfRangeException.ThrowIfZero(templates.Count, nameof(templates));
        var weights = new Embeddings(Classes, _sums[0].Dimension);
        Parallel.For(0, Classes, new ParallelOptions { MaxDegreeOfParallelism = Processors.Threads },
            () => new double[weights.Dimension], (c, _, sum) =>
            {
                Array.Clear(sum);
                foreach (var template in templates)
                {
                    var row = _sums[template].Row(c);
                    for (var i = 0; i < sum.Length; i++)
                    {
                        sum[i] += row[i];
                    }
                }

                Scale(sum, weights.Writable(c));
                return sum;
            }, _ => { });
        return FiniteVectors.Require(weights, row => FormattableString.Invariant($"class {row} by {templates.Count} templates"));
    }

    /// <summary>A template's sums from the vectors of its prompts.</summary>
    /// <param name="prompts">[P, E], of any length above 0.</param>
    /// <param name="classes">[P]: the class of each; every class has one or more.</param>
    /// <param name="names">C names, for the message.</param>
    /// <param name="template">The template, for the message.</param>
    /// <exception cref="ClipException">A vector has no direction.</exception>
    internal static Embeddings Sum(Embeddings prompts, IReadOnlyList<int> classes, IReadOnlyList<string> names, string template)
    {
        var sums = new Embeddings(names.Count, prompts.Dimension);
        for (var c = 0; c < sums.Count; c++)
        {
            sums.Writable(c).Clear(); // room is not zeros
        }

        var unit = new float[prompts.Dimension];
        for (var prompt = 0; prompt < prompts.Count; prompt++)
        {
            Scale([.. prompts.Row(prompt).ToArray().Select(x => (double)x)], unit);
            var sum = sums.Writable(classes[prompt]);
            for (var i = 0; i < unit.Length; i++)
            {
                sum[i] += unit[i];
            }
        }

        return FiniteVectors.Require(sums, row => $"\"{names[row]}\" in the template \"{template}\"");
    }

    // To unit length; a vector without direction becomes no number, which is then refused by its name.
    private static void Scale(double[] vector, Span<float> into)
    {
        var norm = Math.Sqrt(vector.Sum(x => x * x));
        for (var i = 0; i < vector.Length; i++)
        {
            into[i] = (float)(vector[i] / norm);
        }
    }
}
