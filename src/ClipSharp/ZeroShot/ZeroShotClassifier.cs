using ClipSharp.Retrieval;
using ClipSharp.Text;

namespace ClipSharp.ZeroShot;

/// <summary>A linear classifier without bias whose weights are the vectors of sentences about the classes (paper
/// 3.1.2).</summary>
public sealed class ZeroShotClassifier
{
    /// <param name="names">C class names.</param>
    /// <param name="weights">[C, E], rows of unit length.</param>
    /// <exception cref="ClipException">There is no name, or a row is not finite.</exception>
    public ZeroShotClassifier(IReadOnlyList<string> names, Embeddings weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        Names = ClassNames.Checked(names, "class names");
        Weights = weights.Count == names.Count
            ? FiniteVectors.Require(weights, row => $"the class \"{names[row]}\"")
            : throw new ArgumentException($"{weights.Count} rows are no weights of {names.Count} classes.", nameof(weights));
    }

    /// <summary>C class names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>[C, E], rows of unit length.</summary>
    public Embeddings Weights { get; }

    /// <summary>Builds the classifier: each prompt's vector normalised, averaged over a class's prompts, normalised again (paper
    /// 3.1.4; <c>zeroshot_classifier</c> of openai/CLIP's prompt notebook). Classes whose prompts are the same token ids are
    /// encoded once, so that their scores are equal to the last bit.</summary>
    /// <param name="encoder">The model.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="prompts">The sentences of C classes.</param>
    /// <param name="contextLength">T of the model.</param>
    /// <param name="batchSize">Prompts a forward.</param>
    /// <param name="progress">Told how many prompts are done after each batch.</param>
    /// <param name="cancel">Stops between two batches.</param>
    /// <exception cref="ClipException">There is no class, or a vector is not finite.</exception>
    public static ZeroShotClassifier Build(IClipEncoder encoder, TextTokenizer tokenizer, ClassPrompts prompts, int contextLength,
        int batchSize = 64, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ClassNames.Checked(prompts.Names, "class names");
        var first = prompts.FirstOfSameIds(tokenizer, contextLength);
        var sums = new double[prompts.Names.Count][];
        var done = 0L;
        foreach (var batch in prompts.Texts.SelectMany((texts, index) => texts.Select(text => (Class: index, Text: text)))
            .Where(prompt => first[prompt.Class] == prompt.Class).Chunk(batchSize))
        {
            cancel.ThrowIfCancellationRequested();
            var texts = batch.Select(prompt => prompt.Text).ToArray();
            var vectors = encoder.EncodeTexts(tokenizer.Tokenize(texts, contextLength)); // [B, E]
            for (var row = 0; row < batch.Length; row++)
            {
                var sum = sums[batch[row].Class] ??= new double[vectors.Dimension];
                AddUnit(vectors.Row(row), sum, batch[row].Text);
            }

            progress?.Report(done += batch.Length);
        }

        progress?.Report(prompts.Count);
        return new ZeroShotClassifier(prompts.Names, Normalised([.. first.Select(index => sums[index])], prompts.Names));
    }

    /// <summary>Probabilities of the classes for each picture.</summary>
    /// <param name="pictures">[N, E].</param>
    /// <param name="logits">Of the model, <see cref="IClipEncoder.Logits"/>.</param>
    /// <returns>N rows of C probabilities.</returns>
    /// <exception cref="ClipException">A picture's vector is not finite.</exception>
    public double[][] Predict(Embeddings pictures, Logits logits)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        FiniteVectors.Require(pictures, row => $"picture {row}");
        FiniteVectors.Require(logits);
        var cosines = new float[Names.Count];
        var result = new double[pictures.Count][];
        for (var picture = 0; picture < result.Length; picture++)
        {
            DotProducts.Block(pictures, picture, 1, Weights, 0, Weights.Count, cosines);
            result[picture] = logits.Probabilities(cosines);
        }

        return result;
    }

    /// <summary>The likeliest classes for each picture, likeliest first; of equal ones the one of lower index first.</summary>
    /// <param name="pictures">[N, E].</param>
    /// <param name="logits">Of the model.</param>
    /// <param name="count">How many a picture; all when there are fewer.</param>
    /// <exception cref="ClipException">A picture's vector is not finite.</exception>
    public IReadOnlyList<IReadOnlyList<Prediction>> Top(Embeddings pictures, Logits logits, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return [.. Predict(pictures, logits).Select(probabilities => Enumerable.Range(0, probabilities.Length)
            .OrderByDescending(index => probabilities[index]).Take(count)
            .Select(index => new Prediction(Names[index], probabilities[index])).ToArray())];
    }

    private static void AddUnit(ReadOnlySpan<float> vector, double[] sum, string prompt)
    {
        var norm = Norm(vector);
        if (!(norm > 0 && double.IsFinite(norm)))
        {
            throw Unusable($"the prompt \"{prompt}\"", norm);
        }

        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += vector[i] / norm;
        }
    }

    private static Embeddings Normalised(double[][] sums, IReadOnlyList<string> names)
    {
        var dimension = sums[0].Length;
        var weights = new Embeddings(sums.Length, dimension);
        for (var row = 0; row < sums.Length; row++)
        {
            var norm = Math.Sqrt(sums[row].Sum(x => x * x));
            if (!(norm > 0))
            {
                throw Unusable($"the class \"{names[row]}\"", norm);
            }

            for (var i = 0; i < dimension; i++)
            {
                weights.Writable(row)[i] = (float)(sums[row][i] / norm);
            }
        }

        return weights;
    }

    private static double Norm(ReadOnlySpan<float> vector)
    {
        var sum = 0.0;
        foreach (var x in vector)
        {
            sum += (double)x * x;
        }

        return Math.Sqrt(sum);
    }

    private static ClipException Unusable(string of, double found) =>
        FiniteVectors.Refusal(of, string.Create(null, $"a length of {found}"), cause: null);
}
