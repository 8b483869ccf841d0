using System.Globalization;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Registry;
using ClipSharp.Evaluation.Sets.Labels;
using ClipSharp.Evaluation.Sets.Prompts;
using ClipSharp.Evaluation.Templates;
using ClipSharp.Parts;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>A data set as a task reads it, and its pictures and texts as the model sees them: computed once, then read from the
/// store. How far each stage is goes to who watches the benchmark; what cannot be used goes into its report.</summary>
public sealed class TaskData
{
    private readonly Stores _stores;
    private readonly IProgress<BenchmarkProgress>? _progress;
    private readonly CancellationToken _cancel;
    private readonly List<IReadOnlyDictionary<SkipReason, long>> _skips;
    private readonly List<string> _notes;

    internal TaskData(Clip clip, BenchmarkOptions options, BenchmarkFolder folder, Stores stores,
        IProgress<BenchmarkProgress>? progress, CancellationToken cancel)
        : this(clip, options, folder, stores, progress, [], [], cancel)
    {
    }

    private TaskData(Clip clip, BenchmarkOptions options, BenchmarkFolder folder, Stores stores,
        IProgress<BenchmarkProgress>? progress, List<IReadOnlyDictionary<SkipReason, long>> skips, List<string> notes,
        CancellationToken cancel)
    {
        (Clip, Options, Folder) = (clip, options, folder);
        (_stores, _progress, _skips, _notes, _cancel) = (stores, progress, skips, notes, cancel);
    }

    /// <summary>The model.</summary>
    public Clip Clip { get; }

    /// <summary>What was asked for.</summary>
    public BenchmarkOptions Options { get; }

    /// <summary>Where the data lie, and the files beside them.</summary>
    public BenchmarkFolder Folder { get; }

    /// <summary>Another split of the same set.</summary>
    /// <param name="name">Such as "train".</param>
    /// <exception cref="ClipException">It is not there.</exception>
    public TaskData Split(string name) => TrySplit(name) ?? throw new ClipException(ClipError.NoInput, "A split is missing",
        Folder.Data, "no such folder beside it", $"the split \"{name}\"",
        "Name it with --train_split or --val_split, or get the whole set.");

    /// <summary>The same, or null where it is not there.</summary>
    public TaskData? TrySplit(string name) => Folder.TrySplit(name) is { } folder
        ? new TaskData(Clip, Options, folder, _stores, _progress, _skips, _notes, _cancel)
        : null;

    /// <summary>Finds the samples; once a task.</summary>
    /// <param name="need">What a sample must have; for classes <see cref="Labelled"/> knows more kinds of data.</param>
    /// <param name="captionLines">Whether each line of a text is a caption, as CLIP_benchmark has it for retrieval; else as the
    /// options say.</param>
    /// <exception cref="ClipException">There is no such data, or not one sample.</exception>
    public SampleIndex Index(SampleNeed need, bool captionLines = false)
    {
        var reading = captionLines ? Options.DataOptions with { CaptionLines = true } : Options.DataOptions;
        return Built(SampleSources.Open(Folder.Data, reading), need);
    }

    /// <summary>Finds the labelled samples, in shards, class folders or tables; once a task.</summary>
    /// <param name="names">The class names, by which those of a table become numbers; null = its own.</param>
    /// <exception cref="ClipException">There is no such data, or not one sample with a class.</exception>
    public SampleIndex Labelled(IReadOnlyList<string>? names = null) =>
        Built(ClassData.Open(Folder.Data, Options.DataOptions, names).Source, SampleNeed.Class);

    /// <summary>The features of an index's pictures, in its order; once a task.</summary>
    /// <param name="index">The pictures.</param>
    /// <param name="layer">Where features are taken.</param>
    /// <exception cref="ClipException">Not one can be used, a vector is not finite, or the disk fails (InputOutput).</exception>
    public FeatureSet EncodePictures(SampleIndex index, FeatureLayer layer = FeatureLayer.Projected)
    {
        ArgumentNullException.ThrowIfNull(index);
        if (_stores.OfParts)
        {
            _stores.Features.RequireFilled(FeatureKey.OfPictures(Clip, index, layer), index.Count);
        }

        var stage = Stage("images", index.Count);
        var pictures = _stores.Features.GetOrCompute(() => FeatureKey.OfPictures(Clip, index, layer), index.Count,
            FeatureSet.WidthOf(Clip, layer), Encoding(index, layer, stage)).RequireSome(index);
        stage?.Report(index.Count);
        _skips.Add(pictures.Skipped);
        return pictures;
    }

    /// <summary>Computes and keeps a part of the features of an index's pictures.</summary>
    /// <returns>How many pictures are of the part.</returns>
    internal long EncodePart(WorkPart part, SampleIndex index, FeatureLayer layer) => _stores.Features.Fill(part,
        FeatureKey.OfPictures(Clip, index, layer), index.Count, FeatureSet.WidthOf(Clip, layer),
        Encoding(index, layer, Stage("images", index.Count)));

    /// <summary>The vectors of texts. Those of the same token ids are encoded once, for engines round from batch to batch: equal
    /// texts have equal vectors, and ties are ties.</summary>
    /// <param name="texts">M texts.</param>
    /// <returns>[M, E].</returns>
    /// <exception cref="ClipException">A vector is not finite.</exception>
    public Embeddings EncodeTexts(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return EncodeTexts(texts, count => Stage("captions", count));
    }

    /// <summary>The vectors of each template's prompts apart, a template an entry of the store: another template encodes but
    /// its own.</summary>
    /// <param name="set">The names.</param>
    /// <param name="templates">T templates.</param>
    /// <exception cref="ClipException">A vector is not finite.</exception>
    internal TemplateVectors EncodeTemplates(SetPrompts set, IReadOnlyList<PromptTemplate> templates)
    {
        int[] classes = [.. set.NamesOfClass.SelectMany((names, number) => names.Select(_ => number))];
        string[] names = [.. set.NamesOfClass.SelectMany(names => names)];
        var stage = Stage("prompts", (long)names.Length * templates.Count);
        return new TemplateVectors([.. templates.Select((template, number) =>
        {
            var before = (long)number * names.Length;
            var vectors = EncodeTexts([.. names.Select(template.Fill)], _ => Behind(stage, before));
            stage?.Report(before + names.Length);
            return TemplateVectors.Sum(vectors, classes, set.Names, template.Text);
        })]);
    }

    /// <summary>What stands for the classes: names and templates as the options say, else as <see cref="PromptSources"/> finds
    /// them.</summary>
    /// <exception cref="ClipException">There are no names, or a list is unfit.</exception>
    public SetPrompts Prompts()
    {
        var names = ClassData.Open(Folder.Data, Options.DataOptions).Names;
        var prompts = PromptSources.Read(Folder.Dataset, Folder.Folder, Options.PromptFiles, names);
        if (Options.Prompts is { } sentences)
        {
            return prompts with
            {
                Templates = null,
                Prompts = ClassPrompts.ReadFile(sentences, prompts.Names),
                TemplatesFrom = sentences,
            };
        }

        if (Options.Template.Count == 0)
        {
            return prompts;
        }

        PromptTemplate[] templates = [.. Options.Template.Select(text => PromptTemplate.Parse(text, "--template"))];
        return prompts with
        {
            Templates = templates,
            Prompts = ClassPrompts.FillSynonyms(prompts.NamesOfClass, templates),
            TemplatesFrom = "--template",
        };
    }

    /// <summary>The classifier of some classes: built once, then read.</summary>
    public ZeroShotClassifier Classifier(ClassPrompts prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        return _stores.Classifiers is { } cache
            ? cache.GetOrBuild(Clip.ClassifierKey(prompts), Build, out _)
            : Build();

        ZeroShotClassifier Build() => Clip.BuildClassifier(prompts, Stage("prompts", prompts.Count), _cancel);
    }

    /// <summary>The names by which <see cref="SetClassifier"/> reads labels, without its weights.</summary>
    internal IReadOnlyList<string> LabelNames() => Options.Classifier is { } path
        ? PromptSources.TryNames(Folder.Dataset, Folder.Folder, new PromptFiles(),
            ClassData.Open(Folder.Data, Options.DataOptions).Names) ?? ClassifierFile.Read(path, Clip).Names
        : Prompts().Names;

    /// <summary>What names the pictures: as the options say a stored classifier, else one of the set's prompts.</summary>
    internal SetClassifier SetClassifier() => Options.Classifier is { } path
        ? Tasks.SetClassifier.Stored(path, Clip, PromptSources.TryNames(Folder.Dataset, Folder.Folder, new PromptFiles(),
            ClassData.Open(Folder.Data, Options.DataOptions).Names), Folder.Dataset)
        : Tasks.SetClassifier.Built(this);

    /// <summary>Told how far a stage of one's own is.</summary>
    /// <param name="verb">Such as "Fitting".</param>
    /// <param name="unit">What is counted.</param>
    /// <param name="total">Of how many; null when nobody knows.</param>
    public IProgress<long>? Stage(string verb, string unit, long? total) => _progress is null
        ? null
        : new Relay<long>(done => _progress.Report(new BenchmarkProgress(verb, unit, done, total)));

    /// <summary>Counts samples that cannot be used.</summary>
    public void Skip(IReadOnlyDictionary<SkipReason, long> counts) => _skips.Add(counts);

    /// <summary>Says what is remarkable, a sentence, in the report.</summary>
    public void Note(string sentence) => _notes.Add(sentence);

    /// <summary>The same rows with the groups of their samples, where the options or the set's rule name groups.</summary>
    /// <param name="outcomes">Rows of pictures.</param>
    /// <exception cref="ClipException">The options name groups that are not there.</exception>
    public Outcomes Grouped(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        if (outcomes.Samples is not { } index || GroupsOf(index) is not { } groups)
        {
            return outcomes;
        }

        if (groups.Missing > 0)
        {
            Note($"pictures without a {groups.Name}: {groups.Missing}, which count in no group");
        }

        return outcomes.InGroups(groups);
    }

    /// <summary>What was noted; null where nothing was.</summary>
    internal IReadOnlyList<string>? Notes => _notes.Count > 0 ? _notes : null;

    /// <summary>Samples that could not be used, by reason; null where there are none.</summary>
    internal IReadOnlyDictionary<string, long>? Skipped()
    {
        var counts = _skips.SelectMany(reasons => reasons).GroupBy(count => count.Key, count => count.Value)
            .ToDictionary(reason => reason.Key.ToString(), reason => reason.Sum());
        return counts.Count > 0 ? counts : null;
    }

    internal SampleIndex Built(ISampleSource source, SampleNeed need)
    {
        var index = SampleIndex.Build(source, need,
            _progress is null
                ? null
                : new Relay<IndexProgress>(done => _progress
                    .Report(new BenchmarkProgress("Reading", "samples", done.Samples, null))),
            _cancel);
        _skips.Add(index.Skips.Counts);
        return index;
    }

    private SampleGroups? GroupsOf(SampleIndex index)
    {
        if (Options.GroupBy is { } asked)
        {
            return int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var column)
                ? SampleGroups.OfVectors(index, new SetGroups("group", column), _cancel)
                : SampleGroups.OfTable(index, Folder.Data, Options.DataOptions, asked);
        }

        try
        {
            return Folder.Set?.Groups is { } rule ? SampleGroups.OfVectors(index, rule, _cancel) : null;
        }
        catch (ClipException e) when (e.Kind == ClipError.Data)
        {
            Note($"the set's groups are not measured: {e.Message}"); // its pictures can be named all the same
            return null;
        }
    }

    private Embeddings EncodeTexts(IReadOnlyList<string> texts, Func<int, IProgress<long>?> stageOf)
    {
        var firstOfSame = ClassPrompts.FirstOfSameIds(texts.Select(text => (string[])[text]), Clip.Tokenizer,
            Clip.Config.Text.ContextLength);
        int[] own = [.. firstOfSame.Distinct()];
        string[] once = [.. own.Select(text => texts[text])];
        var stage = stageOf(once.Length);
        var vectors = _stores.Features.GetOrCompute(() => FeatureKey.OfTexts(Clip, once), once.Length, Clip.Encoder.EmbedDim,
            (first, count) => new FeatureSet(
                Clip.EncodeTexts([.. once.Skip(first).Take(count)], Behind(stage, first), _cancel),
                [.. Enumerable.Range(0, count)], new Dictionary<SkipReason, long>())).Vectors;
        stage?.Report(once.Length);
        return vectors.Rows([.. firstOfSame.Select(text => Array.BinarySearch(own, text))]);
    }

    private FeatureStore.Computation Encoding(SampleIndex index, FeatureLayer layer, IProgress<long>? stage) =>
        (first, count) => FeatureSet.EncodeAny(Clip,
            count == index.Count ? index : index.Select(Enumerable.Range(first, count)), layer,
            Options.NumWorkers, Behind(stage, first), _cancel);

    private IProgress<long>? Stage(string unit, long total) => Stage("Encoding", unit, total);

    private static Relay<long>? Behind(IProgress<long>? stage, long first) =>
        stage is null ? null : new Relay<long>(done => stage.Report(first + done));

    /// <summary>Where computed things are kept.</summary>
    /// <param name="Features">Keeps features.</param>
    /// <param name="Classifiers">Keeps classifiers; null = they are built each time.</param>
    /// <param name="OfParts">Whether features of pictures are those that parts computed, and nothing else.</param>
    internal sealed record Stores(FeatureStore Features, ClassifierCache? Classifiers, bool OfParts);
}
