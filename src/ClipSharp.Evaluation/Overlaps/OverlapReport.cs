using System.Text.Json;
using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Overlaps.Accuracy;
using ClipSharp.Files;

namespace ClipSharp.Evaluation.Overlaps;

/// <summary>What a study of overlap found.</summary>
public sealed record OverlapReport
{
    /// <summary>The model whose vectors were compared.</summary>
    public required string Model { get; init; }

    /// <summary>The engine that computed them.</summary>
    public required string Engine { get; init; }

    /// <summary>The training data, as it was named.</summary>
    public required IReadOnlyList<string> Train { get; init; }

    /// <summary>What counted as overlap.</summary>
    public required OverlapRule Rule { get; init; }

    /// <summary>How many training pictures were compared.</summary>
    public required long TrainingPictures { get; init; }

    /// <summary>Training pictures that could not be read, by reason.</summary>
    public required IReadOnlyDictionary<SkipReason, long> TrainingSkipped { get; init; }

    /// <summary>The test sets.</summary>
    public required IReadOnlyList<OverlapSet> Sets { get; init; }

    /// <summary>Writes the JSON.</summary>
    /// <param name="path">The file, replaced as a whole.</param>
    /// <exception cref="ClipException">It cannot be written.</exception>
    public void Write(string path) => AtomicFile.WriteText(path, ToJson() + "\n");

    /// <summary>The JSON, one object.</summary>
    /// <param name="indented">Over several lines for people, else on one.</param>
    public string ToJson(bool indented = true)
    {
        var layout = new OverlapLayout(Model, Engine, Train, Rule.Near, Rule.HashDistance, TrainingPictures,
            Named(TrainingSkipped), [.. Sets.Select(Layout)]);
        return JsonSerializer.Serialize(layout, indented ? OverlapJson.Default.OverlapLayout
            : new OverlapJson(new JsonSerializerOptions(OverlapJson.Default.Options) { WriteIndented = false }).OverlapLayout);
    }

    private SetLayout Layout(OverlapSet set)
    {
        var overlap = set.Overlap(Rule);
        return new SetLayout(set.Dataset, set.Split, set.Pictures.Count, Named(set.Skipped), (int)overlap.Right,
            overlap.Value ?? 0, Ends(overlap),
            set.Measured.Count == 0 ? null : [.. set.Measured.Select(one => new AccuracyLayout(one.Model, one.Task,
                one.All.Count, one.Clean.Count, one.Overlap.Count, one.All.Value, one.Clean.Value, one.Overlap.Value,
                Ends(one.Overlap), one.Gain, one.PValue, one.PBonferroni))],
            [.. set.Pictures.Select(Layout)]);
    }

    private PairLayout Layout(TestPictureOverlap picture)
    {
        var pair = picture.Deciding(Rule);
        return new PairLayout(picture.Test.Id, pair.Training.Id, pair.Training.File, pair.Cosine, pair.HashDistance,
            pair.IsIdentical, Rule.Holds(pair));
    }

    private static double[]? Ends(SeenShare share) => share.Interval is { } ends ? [ends.Low, ends.High] : null;

    private static Dictionary<string, long> Named(IReadOnlyDictionary<SkipReason, long> skipped) =>
        skipped.ToDictionary(reason => reason.Key.ToString(), reason => reason.Value);
}
