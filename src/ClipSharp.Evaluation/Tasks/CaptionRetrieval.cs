using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Metrics.Groups;
using ClipSharp.Retrieval;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>Finding pictures by captions and captions by pictures (paper 3.1, table 13): <c>image_retrieval_recall@k</c>, a
/// caption looks for its picture, and <c>text_retrieval_recall@k</c>, a picture looks for any of its captions; then median and
/// mean ranks. All captions of a picture are one unit, since they are not independent.</summary>
public sealed class CaptionRetrieval : IEvaluationTask, IPictureTask
{
    /// <inheritdoc/>
    public string Name => EvaluationTasks.Retrieval;

    /// <inheritdoc/>
    IEnumerable<(SampleIndex Index, FeatureLayer Layer)> IPictureTask.Pictures(TaskData data) =>
        [(Samples(data), FeatureLayer.Projected)];

    /// <inheritdoc/>
    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(data);
        var options = data.Options;
        if (options.Template.Count > 1)
        {
            throw new ClipException(ClipError.Usage, "Captions cannot have several templates", "--template",
                $"{options.Template.Count}", "one or none", "Give one, such as \"a photo of {}\".");
        }

        var template = options.Template.Count == 1 ? PromptTemplate.Parse(options.Template[0], "--template") : null;
        var index = Samples(data);
        var pictures = data.EncodePictures(index);
        var (captions, owners) = (new List<string>(), new List<int>());
        for (var picture = 0; picture < pictures.SampleIds.Count; picture++)
        {
            foreach (var caption in index.Captions(pictures.SampleIds[picture]))
            {
                captions.Add(template?.Fill(caption) ?? caption);
                owners.Add(picture);
            }
        }

        return new TaskResult(OfVectors(pictures.Vectors, data.EncodeTexts(captions), owners, [.. options.RecallK.Distinct()],
            index, pictures.SampleIds, cancel))
        {
            Templates = template is null ? null : [template.Text],
        };
    }

    /// <summary>Both ways.</summary>
    /// <param name="pictures">[N, E].</param>
    /// <param name="captions">[M, E].</param>
    /// <param name="pictureOfCaption">[M] rows of pictures.</param>
    /// <param name="ks">The k of recall at k.</param>
    /// <param name="index">The samples; null = they have no names.</param>
    /// <param name="sampleIds">[N]; null = rows are samples.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">A vector is not finite, or there is no caption.</exception>
    public static IReadOnlyList<MeasuredOutcomes> OfVectors(Embeddings pictures, Embeddings captions,
        IReadOnlyList<int> pictureOfCaption, IReadOnlyList<int> ks, SampleIndex? index = null,
        IReadOnlyList<int>? sampleIds = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(captions);
        ArgumentNullException.ThrowIfNull(pictureOfCaption);
        if (captions.Count == 0 || captions.Count != pictureOfCaption.Count)
        {
            throw new ClipException(ClipError.Data, "Captions and pictures do not fit", "evaluation",
                $"{captions.Count} captions, {pictureOfCaption.Count} with a picture",
                "a picture for each caption, and at least one", "Check the data set.");
        }

        var recall = RetrievalRecall.Compute(pictures, captions, pictureOfCaption, cancel);
        var byCaption = new Outcomes([.. recall.TextToImage.Select((rank, caption) => Row(pictureOfCaption[caption], rank))],
            Units(pictureOfCaption))
        { Part = "image_retrieval", Samples = index };
        int[] captioned = [.. Enumerable.Range(0, pictures.Count).Where(picture => recall.ImageToText[picture] is not null)];
        var byPicture = new Outcomes([.. captioned.Select(picture => Row(picture, recall.ImageToText[picture]!.Value))])
        { Part = "text_retrieval", Samples = index };
        return
        [
            Measured(byCaption, pictures.Count),
            Measured(byPicture, captions.Count),
            new MeasuredOutcomes(BothWays(byCaption, byPicture),
                [new MeanOverGroups("mean_recall@1", new TopK("mean_recall@1", 1))]),
        ];

        Outcome Row(int picture, OwnRank rank)
        {
            var sample = sampleIds?[picture] ?? picture;
            return new Outcome(index?.Key(sample) ?? FormattableString.Invariant($"{sample}")) { Sample = sample, Rank = rank };
        }

        MeasuredOutcomes Measured(Outcomes outcomes, int choices) => new(outcomes,
        [
            .. ks.Select(k => new TopK($"{outcomes.Part}_recall@{k}", k, choices)),
            new MedianRank($"{outcomes.Part}_median_rank"),
            new MeanRank($"{outcomes.Part}_mean_rank"),
        ]);
    }

    // DataComp's figure: the mean over the two directions. Row i of the pictures is unit i of the captions.
    private static Outcomes BothWays(Outcomes byCaption, Outcomes byPicture) => new(
        [.. byCaption.Rows.Select(row => row with { Group = 0 }), .. byPicture.Rows.Select(row => row with { Group = 1 })],
        [.. Enumerable.Range(0, byCaption.Count).Select(byCaption.Unit), .. Enumerable.Range(0, byPicture.Count)])
    {
        Part = "both_ways",
        Groups = [byCaption.Part, byPicture.Part],
        Samples = byCaption.Samples,
    };

    // Pictures without captions are no units: they are only there to be confused with.
    private static int[] Units(IReadOnlyList<int> pictureOfCaption)
    {
        int[] captioned = [.. pictureOfCaption.Distinct().Order()];
        return [.. pictureOfCaption.Select(picture => Array.BinarySearch(captioned, picture))];
    }

    // Lines are captions, as CLIP_benchmark has it, and no number depends on the order of a table's rows.
    private static SampleIndex Samples(TaskData data) => data.Index(SampleNeed.Caption, captionLines: true).InKeyOrder();
}
