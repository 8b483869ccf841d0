using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Reports;

/// <summary>What a model says of some labelled pictures, for a page.</summary>
internal static class SamplePredictions
{
    /// <summary>Pictures on a page.</summary>
    public const int Shown = 24;

    /// <summary>Names tried for each.</summary>
    public const int Names = 3;

    /// <summary>Lets a model name the first pictures of a labelled split.</summary>
    /// <param name="clip">The model.</param>
    /// <param name="data">The split, class names beside it; of a whole set its test split.</param>
    /// <param name="cancel">Stops it.</param>
    public static IReadOnlyList<PicturePrediction> Take(Clip clip, string data, CancellationToken cancel)
    {
        var folder = BenchmarkFolder.Find(data);
        if (folder.ClassNames is null)
        {
            return [];
        }

        var classifier = clip.BuildClassifier(ClassNames.ReadFile(folder.ClassNames),
            folder.Templates is { } templates ? PromptTemplate.ReadFile(templates) : [PromptTemplate.Default], cancel: cancel);
        var index = SampleIndex.Build(SampleSources.Open(folder.Data, new DataOptions()), SampleNeed.Class, cancel: cancel);
        index = index.Select(Enumerable.Range(0, Math.Min(Shown, index.Count)));
        var pictures = EncodedPictures.Encode(clip, index, cancel: cancel);
        var top = classifier.Top(pictures.Vectors, clip.Encoder.LogitScale, Names);
        return [.. top.Select((guesses, i) => Of(index, pictures.SampleIds[i], classifier, guesses))];
    }

    /// <summary>One picture with the names given to it.</summary>
    public static PicturePrediction Of(SampleIndex index, int sample, ZeroShotClassifier classifier,
        IReadOnlyList<Prediction> top) =>
        new(Bytes(index.Picture(sample)), classifier.Names[index.Class(sample)], top);

    private static byte[] Bytes(PictureLocation place)
    {
        using var file = File.OpenHandle(place.File.Path);
        var bytes = new byte[place.Length];
        RandomAccess.Read(file, bytes, place.Offset);
        return bytes;
    }
}
