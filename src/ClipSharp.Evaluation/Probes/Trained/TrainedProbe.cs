using ClipSharp.Evaluation.Features;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Probes.Trained;

/// <summary>A trained probe that names pictures.</summary>
/// <param name="Classifier">From D features to C scores.</param>
/// <param name="Names">C names.</param>
/// <param name="Layer">Where its features are taken.</param>
public sealed record TrainedProbe(LinearClassifier Classifier, IReadOnlyList<string> Names, FeatureLayer Layer)
{
    /// <summary>What picture files are taken for.</summary>
    /// <param name="clip">The model that it was trained with.</param>
    /// <param name="paths">N files.</param>
    /// <param name="count">How many classes a picture; at most all are given.</param>
    /// <returns>[N][count], likeliest first.</returns>
    /// <exception cref="ClipException">A file is no picture, or the engine does not give these features.</exception>
    public IReadOnlyList<IReadOnlyList<Prediction>> Top(Clip clip, IReadOnlyList<string> paths, int count)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var probabilities = Classifier.Probabilities(Layer == FeatureLayer.Projected ? clip.EncodeImages(paths)
            : clip.EncodeImageFeatures(paths));
        return [.. Enumerable.Range(0, paths.Count).Select(row => Best(probabilities.Row(row), count))];
    }

    private List<Prediction> Best(ReadOnlySpan<float> probabilities, int count)
    {
        float[] all = [.. probabilities];
        return [.. Enumerable.Range(0, all.Length).OrderByDescending(name => all[name]).Take(count) // of equal ones the first
            .Select(name => new Prediction(Names[name], all[name]))];
    }
}
