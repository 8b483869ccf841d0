using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Overlaps.Accuracy;
using ClipSharp.Evaluation.Overlaps.Fingerprints;
using ClipSharp.Evaluation.Sets.Labels;
using ClipSharp.Evaluation.Tasks;

namespace ClipSharp.Evaluation.Overlaps;

/// <summary>Which pictures of test sets a model may have seen in training, and what that is worth (paper, section 5). Every test
/// picture is compared with every training picture; features and fingerprints are computed once and kept, so that a study that
/// was stopped goes on, and one with another rule takes seconds. In memory are the features of the test sets, the places of one
/// shard's pictures and the features of <see cref="FeatureStore.PartSize"/> of them, however many shards there are.</summary>
/// <param name="clip">The model.</param>
/// <param name="model">Its name in the report.</param>
/// <param name="features">Keeps features; null = they are computed each time.</param>
public sealed class OverlapStudy(Clip clip, string model, FeatureStore? features = null)
{
    private readonly FeatureStore _features = features ?? new FeatureStore(null);

    /// <summary>Compares.</summary>
    /// <param name="plan">What with what.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">Data cannot be used: not one picture of a test set or of the training data can be read, a
    /// vector is not finite, the disk fails (InputOutput), or outcomes do not fit a set.</exception>
    public OverlapReport Run(OverlapPlan plan, IProgress<BenchmarkProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var options = plan.Options;
        List<TestSet> tests = [.. plan.Sets.Select(set => Test(set, options, progress, cancel))];
        var (pictures, skips) = (0L, new List<IReadOnlyDictionary<SkipReason, long>>());
        if (plan.Training.Missing > 0)
        {
            skips.Add(new Dictionary<SkipReason, long> { [SkipReason.MissingShard] = plan.Training.Missing });
        }

        for (var place = 0; place < plan.Training.Sources.Count; place++)
        {
            var index = SampleIndex.Gather(plan.Training.Sources[place], SampleNeed.Picture, cancel: cancel);
            skips.Add(index.Skips.Counts);
            var current = place;
            foreach (var part in Parts(index, options.NumWorkers,
                done => progress?.Report(plan.Training.Progress(current, done, index.Count)), cancel))
            {
                pictures += part.SampleIds.Count;
                skips.Add(part.Skipped);
                foreach (var test in tests)
                {
                    test.Nearest.Add(part.Vectors, part.Fingerprints,
                        row => OverlapPicture.Of(index, part.SampleIds[row]), cancel);
                }
            }
        }

        return pictures > 0
            ? Report(plan, tests, pictures, PicturePart.Sum(skips))
            : throw new ClipException(ClipError.Data, "No training picture can be used", string.Join(", ", options.Train),
                string.Join(", ", PicturePart.Sum(skips).Select(reason => $"{reason.Value} {reason.Key}").DefaultIfEmpty("none")),
                "at least one whole picture", "Look at the data with: clipsharp data inspect");
    }

    private TestSet Test(BenchmarkFolder set, OverlapOptions options, IProgress<BenchmarkProgress>? progress,
        CancellationToken cancel)
    {
        // As the evaluation reads them, so that pictures have the same keys.
        var source = set.Task == EvaluationTasks.ZeroShot
            ? ClassData.Open(set.Data, options.DataOptions).Source
            : SampleSources.Open(set.Data, options.DataOptions);
        var index = SampleIndex.Build(source, SampleNeed.Picture, cancel: cancel);
        var whole = PicturePart.Joined([.. Parts(index, options.NumWorkers,
            done => progress?.Report(new BenchmarkProgress("Encoding", $"test pictures of {set.Dataset}", (long)done,
                index.Count)),
            cancel)], clip.Encoder.EmbedDim);
        if (whole.SampleIds.Count == 0)
        {
            new FeatureSet(whole.Vectors, whole.SampleIds, whole.Skipped).RequireSome(index);
        }

        return new TestSet(set, index, whole, PicturePart.Sum([index.Skips.Counts, whole.Skipped]),
            new NearestTraining(whole.Vectors, whole.Fingerprints));
    }

    // Each picture is decoded twice, for the model and whole: told as two halves.
    private IEnumerable<PicturePart> Parts(SampleIndex index, int workers, Action<double> tell, CancellationToken cancel)
    {
        var vectors = _features.Parts(() => FeatureKey.OfPictures(clip, index, FeatureLayer.Projected), index.Count,
            clip.Encoder.EmbedDim,
            (first, count) => FeatureSet.EncodeAny(clip, Range(index, first, count), FeatureLayer.Projected, workers,
                new Relay<long>(done => tell(first + (done / 2.0))), cancel));
        var fingerprints = _features.Parts(() => FingerprintPass.KeyOf(index), index.Count, PictureFingerprint.Width,
            (first, count) => FingerprintPass.Compute(Range(index, first, count), clip.Pictures, workers,
                new Relay<long>(done => tell(first + ((count + done) / 2.0))), cancel));
        foreach (var (encoded, known) in vectors.Zip(fingerprints))
        {
            cancel.ThrowIfCancellationRequested();
            var part = PicturePart.Of(encoded, known);
            yield return part;
        }

        tell(index.Count);
    }

    private static SampleIndex Range(SampleIndex index, int first, int count) =>
        count == index.Count ? index : index.Select(Enumerable.Range(first, count));

    private OverlapReport Report(OverlapPlan plan, List<TestSet> tests, long trainingPictures,
        IReadOnlyDictionary<SkipReason, long> skipped)
    {
        var rule = plan.Options.Rule;
        var found = tests.ConvertAll(test =>
            test.Nearest.Results(row => OverlapPicture.Of(test.Index, test.Pictures.SampleIds[row])));
        var measured = plan.Measured.Select(one =>
        {
            var set = tests.FindIndex(test => one.IsOn(test.Set));
            return (Set: set, Accuracy: SeenOutcomes.Split(one.Path, one.Report, one.Parts, found[set], rule));
        }).ToList();
        var corrected = OverlapAccuracy.Corrected([.. measured.Select(one => one.Accuracy)]);
        return new OverlapReport
        {
            Model = model,
            Engine = clip.Encoder.Engine,
            Train = plan.Options.Train,
            Rule = rule,
            TrainingPictures = trainingPictures,
            TrainingSkipped = skipped,
            Sets = [.. tests.Select((test, set) => new OverlapSet(test.Set.Dataset, test.Set.Split,
                OverlapSet.InOrder(found[set], rule), test.Skipped,
                [.. corrected.Where((_, i) => measured[i].Set == set)]))],
        };
    }

    /// <summary>A test set while training pictures go by.</summary>
    private sealed record TestSet(BenchmarkFolder Set, SampleIndex Index, PicturePart Pictures,
        IReadOnlyDictionary<SkipReason, long> Skipped, NearestTraining Nearest);
}
