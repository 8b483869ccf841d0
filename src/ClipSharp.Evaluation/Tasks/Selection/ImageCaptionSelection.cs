using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Metrics.Groups;
using ClipSharp.Evaluation.Sets.Selection;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tasks.Selection;

/// <summary>Choosing the caption of a picture, and the picture of a caption (CLIP_benchmark's <c>image_caption_selection</c>:
/// SugarCrepe, Winoground, ARO, NegBench; WinoGAViL as <see cref="PictureAssociation"/> has it). An item is right when all its
/// pictures find theirs, in text, in image (where it has
/// several pictures), or in both. What scores the same counts by its share: CLIP_benchmark counts it as right.</summary>
internal sealed class ImageCaptionSelection : IEvaluationTask, IPictureTask
{
    public string Name => EvaluationTasks.Selection;

    // Cut-outs are not kept: whoever measures encodes them.
    public IEnumerable<(SampleIndex Index, FeatureLayer Layer)> Pictures(TaskData data)
    {
        var pictures = SelectionSet.Read(data.Folder.Data, data.Options.Pictures, data.Folder.Set?.Name).Pictures.ToList();
        return pictures.TrueForAll(picture => picture.Crop is null) ? [(Whole(data, pictures), FeatureLayer.Projected)] : [];
    }

    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        var set = SelectionSet.Read(data.Folder.Data, data.Options.Pictures, data.Folder.Set?.Name);
        data.Skip(set.Skips.Counts);
        var pictures = set.Pictures.ToList();
        var vectors = Encode(data, pictures, cancel);
        var captions = set.Captions.ToList();
        var texts = data.EncodeTexts(captions);
        var rowOfPicture = pictures.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        var rowOfCaption = captions.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);
        var groups = set.Items.Select(item => item.Group).Distinct().Order(StringComparer.Ordinal).ToList();
        var relations = groups.Count > 1 ? groups : null;
        var associations = new List<(SelectionItem, float[])>();
        var (byText, byImage, byBoth) = (new List<Outcome>(), new List<Outcome>(), new List<Outcome>());
        var left = 0;
        foreach (var item in set.Items)
        {
            int[] rows = [.. item.Pictures.Select(picture => vectors.RowOf(rowOfPicture[picture]))];
            if (rows.Contains(-1))
            {
                left++; // a picture that is no picture is counted where it was read
                continue;
            }

            var scores = Scores(vectors.Vectors, rows, texts, [.. item.Captions.Select(caption => rowOfCaption[caption])]);
            if (item.CaptionOfPicture.Contains(-1) || item.Captions.Count == 1)
            {
                associations.Add((item, [.. scores.Select(row => row[0])]));
                continue;
            }

            var text = TextShare(scores, item.CaptionOfPicture);
            var image = ImageShare(scores, item.CaptionOfPicture);
            byText.Add(Row(item, text));
            byImage.Add(Row(item, image));
            byBoth.Add(Row(item, text * image));
        }

        string[]? notes = left > 0
            ? [FormattableString.Invariant($"left out: {left} items with a picture that cannot be read")] : null;
        if (associations.Count > 0)
        {
            return PictureAssociation.Of(associations) with { Notes = notes };
        }

        var first = set.Items[0];
        var hasImages = set.Items.Any(item => item.Pictures.Count > 1);
        var textMetric = new RightShare("text_acc",
            set.Items.Average(item => Math.Pow(1.0 / item.Captions.Count, item.Pictures.Count)));
        return new TaskResult(
        [
            new MeasuredOutcomes(Part("text", byText), relations is null ? [textMetric]
                : [textMetric, new MeanOverGroups("text_acc_macro", textMetric)]),
            .. hasImages
                ? [new MeasuredOutcomes(Part("image", byImage), [new RightShare("image_acc",
                        set.Items.Average(item => Math.Pow(1.0 / item.Pictures.Count, item.Pictures.Count)))]),
                    new MeasuredOutcomes(Part("both", byBoth), [new RightShare("acc",
                        first is { Pictures.Count: 2, Captions.Count: 2 } ? 1.0 / 6 : null)])]
                : (MeasuredOutcomes[])[],
        ])
        {
            Notes = notes,
        };

        Outcome Row(SelectionItem item, double share) =>
            new(item.Id) { Score = share, Group = relations is null ? -1 : groups.IndexOf(item.Group) };

        Outcomes Part(string name, List<Outcome> rows) => new(rows) { Part = name, Groups = relations };
    }

    // [P][K] cosines.
    private static float[][] Scores(Embeddings pictures, int[] rows, Embeddings texts, int[] captions) =>
        [.. rows.Select(row =>
            (float[])[.. captions.Select(caption => DotProducts.Single(pictures.Row(row), texts.Row(caption)))])];

    /// <summary>The share of orders of equal scores in which each picture finds its caption.</summary>
    internal static double TextShare(float[][] scores, IReadOnlyList<int> captionOfPicture) =>
        scores.Select((row, picture) => First(row, row[captionOfPicture[picture]])).Aggregate(1.0, (all, share) => all * share);

    /// <summary>The same of captions that have a picture.</summary>
    internal static double ImageShare(float[][] scores, IReadOnlyList<int> captionOfPicture) =>
        scores.Select((row, picture) => First([.. scores.Select(other => other[captionOfPicture[picture]])],
            row[captionOfPicture[picture]])).Aggregate(1.0, (all, share) => all * share);

    private static double First(float[] all, float own) =>
        new OwnRank(all.Count(score => score > own), all.Count(score => score == own), 1).ShareAt(1);

    private static SampleIndex Whole(TaskData data, List<SelectionPicture> pictures) => data.Built(
        new PictureFilesSource([.. pictures.Select(picture => picture.Path)], data.Options.DataOptions), SampleNeed.Picture);

    private static PictureRows Encode(TaskData data, List<SelectionPicture> pictures, CancellationToken cancel)
    {
        if (pictures.TrueForAll(picture => picture.Crop is null))
        {
            var index = Whole(data, pictures);
            var features = data.EncodePictures(index);
            var row = features.SampleIds.Index().ToDictionary(pair => index.Picture(pair.Item).File.Path, pair => pair.Index);
            return new PictureRows(features.Vectors,
                [.. pictures.Select(picture => row.GetValueOrDefault(Path.GetFullPath(picture.Path), -1))]);
        }

        var stage = data.Stage("Encoding", "images", pictures.Count);
        var vectors = data.Clip.EncodeImages(pictures, picture => Cropped(data, picture), picture => picture.Path, stage, cancel);
        return new PictureRows(vectors, [.. Enumerable.Range(0, pictures.Count)]);
    }

    private static RgbImage Cropped(TaskData data, SelectionPicture picture)
    {
        var whole = ImageDecoder.Load(picture.Path, data.Clip.Pictures.Limits);
        if (picture.Crop is not { } box)
        {
            return whole;
        }

        if (!box.IsInside(whole.Width, whole.Height))
        {
            throw new ClipException(ClipError.Data, "A part of a picture is not within it", picture.Path, $"{box}",
                $"a part of {whole.Width} x {whole.Height} pixels", "Take the pictures as the set's authors name them.");
        }

        var pixels = new byte[ArrayLength.Of("bytes", box.Width, box.Height, 3)];
        for (var y = 0; y < box.Height; y++)
        {
            var row = whole.Pixels.AsSpan((((box.Y + y) * whole.Width) + box.X) * 3, box.Width * 3);
            row.CopyTo(pixels.AsSpan(y * box.Width * 3));
        }

        return new RgbImage(box.Width, box.Height, pixels);
    }

    private sealed record PictureRows(Embeddings Vectors, int[] Rows)
    {
        /// <summary>−1 where the picture cannot be used.</summary>
        public int RowOf(int picture) => Rows[picture];
    }
}
