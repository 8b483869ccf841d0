using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Features;
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
    /// <exception cref="ClipException">The data cannot be read, or the disk fails.</exception>
    public static IReadOnlyList<PicturePrediction> Take(Clip clip, string data, CancellationToken cancel)
    {
        if (data.Split("::").Any(place => ShardPlace.IsRemote(place.Trim())))
        {
            return []; // a page asks no server, and no list of names lies beside shards elsewhere
        }

        var folder = BenchmarkFolder.Find(data);
        if (folder.Beside("classnames.txt") is not { } names)
        {
            return [];
        }

        var classifier = clip.BuildClassifier(ClassNames.ReadFile(names),
            folder.Beside("zeroshot_classification_templates.txt") is { } templates ? PromptTemplate.ReadFile(templates)
                : [PromptTemplate.Default], cancel: cancel);
        var index = SampleIndex.Build(SampleSources.Open(folder.Data, new DataOptions()), SampleNeed.Class, cancel: cancel);
        index = index.Select(Enumerable.Range(0, Math.Min(Shown, index.Count)));
        var pictures = FeatureSet.Encode(clip, index, cancel: cancel);
        var top = classifier.Top(pictures.Vectors, clip.Logits, Names);
        using var reader = new PictureReader(index);
        return [.. top.Select((guesses, i) => new PicturePrediction(Bytes(index, reader, pictures.SampleIds[i]),
            classifier.Names[index.Class(pictures.SampleIds[i])], guesses))];
    }

    private static byte[] Bytes(SampleIndex index, PictureReader reader, int sample) =>
        reader.TryRead(sample, out var bytes, out var detail)
            ? bytes.ToArray()
            : throw new ClipException(ClipError.NoInput, "A picture cannot be read", index.Picture(sample).File.Path, detail,
                "the file as it was when the model saw it", "Write the page again.");
}
