using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Files;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation;

/// <summary>Measures a model on a data set: reads it, encodes it, evaluates, reports.</summary>
/// <param name="clip">The model.</param>
/// <param name="model">Its name in the report.</param>
/// <param name="pretrained">Where its weights come from, for the report.</param>
/// <param name="cache">Keeps classifiers; null = they are built each time.</param>
public sealed class Benchmark(Clip clip, string model, string pretrained, ClassifierCache? cache = null)
{
    /// <summary>Measures.</summary>
    /// <param name="options">On what and how.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The data cannot be used, or does not fit the task or the class names.</exception>
    public BenchmarkReport Run(BenchmarkOptions options, IProgress<BenchmarkProgress>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validated();
        var folder = BenchmarkFolder.Find(options.Data);
        return (options.Task ?? folder.Task) == BenchmarkTask.ZeroShot
            ? RunZeroShot(options, folder, progress, cancel)
            : RunRetrieval(options, folder, progress, cancel);
    }

    private BenchmarkReport RunZeroShot(BenchmarkOptions options, BenchmarkFolder folder, IProgress<BenchmarkProgress>? progress,
        CancellationToken cancel)
    {
        var names = ClassNames.ReadFile(options.Classnames ?? folder.ClassNames ?? throw new ClipException(ClipError.NoInput,
            "Class names are missing", options.Data, "no classnames.txt beside the split or in its parent folder",
            "one name a line", "Give a list with --classnames."));
        var templates = options.Prompts is null ? Templates(options, folder) : null;
        var prompts = templates is null ? ClassPrompts.ReadFile(options.Prompts!, names) : ClassPrompts.Fill(names, templates);
        var index = Index(options, folder, SampleNeed.Class, progress, cancel);
        var classifier = cache is null ? Build() : cache.GetOrBuild(clip.ClassifierKey(prompts), Build, out _);
        var pictures = Encode(index, progress, cancel);
        var labels = pictures.SampleIds.Select(index.Class).ToArray();
        var metrics = new ZeroShotEvaluator(options.ClassesPresent, options.Seed)
            .Evaluate(new ZeroShotTask(pictures.Vectors, labels, classifier.Weights), cancel);
        string?[] notes =
            [ClassNames.Peculiarities(names), prompts.Indistinguishable(clip.Tokenizer, clip.Config.Text.ContextLength)];
        string[]? texts = templates is null ? null : [.. templates.Select(template => template.Text)];
        return Report(folder, "zeroshot_classification", metrics, index, pictures, texts) with
        {
            ClassnamesSha256 = TextLines.Hash(names),
            TemplatesSha256 = TextLines.Hash(texts ?? prompts.Texts.SelectMany(sentences => sentences)),
            Notes = notes.Any(note => note is not null) ? [.. notes.OfType<string>()] : null,
        };

        ZeroShotClassifier Build() =>
            clip.BuildClassifier(prompts, Stage(progress, "Encoding", "prompts", prompts.Count), cancel);
    }

    private BenchmarkReport RunRetrieval(BenchmarkOptions options, BenchmarkFolder folder, IProgress<BenchmarkProgress>? progress,
        CancellationToken cancel)
    {
        if (options.Template.Count > 1)
        {
            throw new ClipException(ClipError.Usage, "Captions cannot have several templates", "--template",
                $"{options.Template.Count}", "one or none", "Give one, such as \"a photo of {}\".");
        }

        var template = options.Template.Count == 1 ? PromptTemplate.Parse(options.Template[0], "--template") : null;
        // Lines are captions, as CLIP_benchmark has it, and no number depends on the order of a table's rows.
        var lines = options with { DataOptions = options.DataOptions with { CaptionLines = true } };
        var index = Index(lines, folder, SampleNeed.Caption, progress, cancel).InKeyOrder();
        var pictures = Encode(index, progress, cancel);
        var (captions, owners) = (new List<string>(), new List<int>());
        for (var picture = 0; picture < pictures.SampleIds.Count; picture++)
        {
            foreach (var caption in index.Captions(pictures.SampleIds[picture]))
            {
                captions.Add(template?.Fill(caption) ?? caption);
                owners.Add(picture);
            }
        }

        var texts = clip.EncodeTexts(captions, Stage(progress, "Encoding", "captions", captions.Count), cancel);
        var metrics = new RetrievalEvaluator([.. options.RecallK.Distinct()], options.Seed)
            .Evaluate(new RetrievalTask(pictures.Vectors, texts, owners), cancel);
        return Report(folder, "zeroshot_retrieval", metrics, index, pictures, template is null ? null : [template.Text]);
    }

    private static IReadOnlyList<PromptTemplate> Templates(BenchmarkOptions options, BenchmarkFolder folder) =>
        options.Template.Count > 0 ? [.. options.Template.Select(text => PromptTemplate.Parse(text, "--template"))]
        : (options.Templates ?? folder.Templates) is { } path ? PromptTemplate.ReadFile(path)
        : [PromptTemplate.Default];

    private static SampleIndex Index(BenchmarkOptions options, BenchmarkFolder folder, SampleNeed need,
        IProgress<BenchmarkProgress>? progress,
        CancellationToken cancel) =>
        SampleIndex.Build(SampleSources.Open(folder.Data, options.DataOptions), need,
            progress is null
                ? null
                : new Relay<IndexProgress>(done => progress
                    .Report(new BenchmarkProgress("Reading", "samples", done.Samples, null))),
            cancel);

    private EncodedPictures Encode(SampleIndex index, IProgress<BenchmarkProgress>? progress, CancellationToken cancel) =>
        EncodedPictures.Encode(clip, index, Stage(progress, "Encoding", "images", index.Count), cancel);

    private static Relay<long>? Stage(IProgress<BenchmarkProgress>? progress, string stage, string unit, long total) =>
        progress is null ? null : new Relay<long>(done => progress.Report(new BenchmarkProgress(stage, unit, done, total)));

    private BenchmarkReport Report(BenchmarkFolder folder, string task, IReadOnlyList<Metric> metrics, SampleIndex index,
        EncodedPictures pictures, IReadOnlyList<string>? templates)
    {
        var skipped = index.Skips.Counts.Concat(pictures.Skips.Counts).GroupBy(count => count.Key, count => count.Value)
            .ToDictionary(reason => reason.Key.ToString(), reason => reason.Sum());
        return new BenchmarkReport
        {
            Dataset = folder.Dataset,
            Split = folder.Split,
            Model = model,
            Pretrained = pretrained,
            Task = task,
            Metrics = metrics,
            Engine = clip.Encoder.Engine,
            Templates = templates,
            Skipped = skipped.Count > 0 ? skipped : null,
        };
    }

    // Progress<T> would report from another thread, after the work is over.
    private sealed class Relay<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
