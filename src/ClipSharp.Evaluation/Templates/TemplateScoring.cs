using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Sets.Prompts;
using ClipSharp.Evaluation.Statistics;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Templates;

/// <summary>Measures which templates help a model on a set: each alone, all without each, forward selection, and what was chosen
/// on pictures by which it was not. Prompts and pictures are encoded once; a classifier is then a sum, and its scores one
/// product.</summary>
/// <param name="clip">The model.</param>
/// <param name="model">Its name in the report.</param>
/// <param name="pretrained">Where its weights come from, for the report.</param>
/// <param name="features">Keeps features; null = they are computed each time.</param>
public sealed class TemplateScoring(Clip clip, string model, string pretrained, FeatureStore? features = null)
{
    private static readonly PromptTemplate BareName = PromptTemplate.Parse("{}");

    /// <summary>Measures.</summary>
    /// <param name="options">The set, its names and templates, and the seed; tasks are passed over.</param>
    /// <param name="scoring">How templates are scored.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The data cannot be used, or there are no templates to score.</exception>
    public TemplateReport Run(BenchmarkOptions options, TemplateScoringOptions scoring,
        IProgress<BenchmarkProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(scoring);
        var folder = BenchmarkFolder.Find(options.Validated().Data, options.Split, options.DatasetRoot, options.DataOptions);
        var stores = new TaskData.Stores(features ?? new FeatureStore(null), Classifiers: null, OfParts: false);
        var data = new TaskData(clip, options, folder, stores, progress, cancel);
        var set = data.Prompts();
        var templates = TemplatesOf(set);
        var metric = MetricOf(scoring.Metric ?? folder.Set?.Metric, isAsked: scoring.Metric is not null, set.Names.Count);
        var (choosing, measuring, chosenOn, measuredOn) = Pictures(data, set, scoring.ChooseSplit);
        var vectors = data.EncodeTemplates(set, [.. templates, BareName]);
        int[] every = [.. Enumerable.Range(0, templates.Count)];
        int[] bare = [templates.Count];

        var all = choosing.NamedBy(vectors.Classifier(every), cancel);
        var contrast = new TemplateContrast(metric, all, options.Seed, cancel);
        int[][] others = [.. every.Select(template => every.Where(other => other != template).ToArray())
            .Where(left => left.Length > 0)];
        var stage = data.Stage("Scoring", "classifiers", templates.Count + 1 + others.Length);
        var done = 0;
        var alone = contrast.Of(every.Select(template => Named([template])));
        var without = contrast.Of(others.Select(Named));
        var bareValue = contrast.Of([Named(bare)])[0];

        var path = ForwardSelection.Run(templates.Count, ValueOf, scoring.Steps,
            (step, tried) => data.Stage(FormattableString.Invariant($"Choosing template {step}"), "candidates",
                templates.Count - step + 1)?.Report(tried));
        int[] selected = [.. path.Take(ForwardSelection.Peak(path)).Select(step => step.Template)];
        var best = every.MaxBy(template => alone[template].Value);
        return new TemplateReport
        {
            Dataset = folder.Dataset,
            Split = folder.Split,
            Model = model,
            Pretrained = pretrained,
            Engine = clip.Encoder.Engine,
            Metric = metric.Name,
            Seed = options.Seed,
            ChosenOn = chosenOn,
            ChosenPictures = choosing.Count,
            MeasuredOn = measuredOn,
            MeasuredPictures = measuring.Count,
            All = contrast.All,
            Bare = bareValue,
            Templates = [.. every.Select(template => new TemplateScore(templates[template].Text, alone[template],
                without.Count > 0 ? without[template] : null))],
            Path = path,
            Selected = [.. selected.Select(template => templates[template].Text)],
            Measured = Measured(),
            Classnames = set.Names,
            Nearest = NearClasses.Of(vectors.Classifier(every), all),
            Notes = Notes(set, templates),
            Skipped = data.Skipped(),
        };

        Outcomes Named(int[] which)
        {
            var outcomes = choosing.NamedBy(vectors.Classifier(which), cancel);
            stage?.Report(++done);
            return outcomes;
        }

        // A single template and all of them are known.
        double ValueOf(IReadOnlyList<int> which) => which.Count == 1 ? alone[which[0]].Value
            : which.Count == templates.Count ? contrast.All.Value
            : Intervals.MeasureAlone(metric, choosing.NamedBy(vectors.Classifier(which), cancel)).Value;

        IReadOnlyList<TemplateEnsemble> Measured()
        {
            var beside = new List<(string Name, int[] Which)> { ("bare names", bare) };
            if (templates.Count > 1)
            {
                beside.Add(("best alone", [best]));
            }

            if (selected.Length > 1)
            {
                beside.Add(("selected", selected));
            }

            var whole = new TemplateContrast(metric, measuring.NamedBy(vectors.Classifier(every), cancel), options.Seed, cancel);
            var values = whole.Of(beside.Select(ensemble => measuring.NamedBy(vectors.Classifier(ensemble.Which), cancel)));
            return [new TemplateEnsemble("all", Texts(every), whole.All),
                .. beside.Zip(values, (ensemble, value) => new TemplateEnsemble(ensemble.Name, Texts(ensemble.Which), value))];
        }

        IReadOnlyList<string> Texts(int[] which) =>
            [.. which.Select(template => template == bare[0] ? BareName.Text : templates[template].Text)];
    }

    private static IReadOnlyList<PromptTemplate> TemplatesOf(SetPrompts set) => set.Templates
        ?? throw new ClipException(ClipError.Usage, "There are no templates to score", set.TemplatesFrom,
            "sentences of each class's own", "sentences with {} for the name", "Give them by --template or --templates.");

    private static IMetric MetricOf(string? name, bool isAsked, int classes) => name switch
    {
        "acc5" when classes >= 5 => new TopK(name, 5),
        "mean_per_class_recall" => new MeanPerClassRecall(name),
        "acc1" => new TopK(name, 1),
        _ when !isAsked => new TopK("acc1", 1),
        _ => throw new ClipException(ClipError.Usage, "Templates cannot be scored by this metric", "--metric", name == "acc5"
            ? FormattableString.Invariant($"acc5 of {classes} classes") : $"{name}",
            string.Join(", ", TemplateScoringOptions.Metrics), "Choose one of them; acc5 takes five classes or more."),
    };

    private static (RankedPictures Choosing, RankedPictures Measuring, string ChosenOn, string MeasuredOn) Pictures(TaskData data,
        SetPrompts set, string? chooseSplit)
    {
        var split = data.Folder.Split;
        if (chooseSplit is null)
        {
            var (first, second) = Of(data, set).Halves(data.Options.Seed);
            return (first, second, $"a half of {split}", $"the other half of {split}");
        }

        var other = data.Folder.Split == chooseSplit ? null : data.TrySplit(chooseSplit);
        return other is null
            ? throw new ClipException(ClipError.Usage, "Templates cannot be chosen on this split", "--choose-split",
                data.Folder.Split == chooseSplit ? $"{chooseSplit}, which is measured too" : $"no folder {chooseSplit} beside {split}",
                "another split of the set", "Leave it out to choose on one half of the pictures and measure on the other.")
            : (Of(other, set), Of(data, set), chooseSplit, split);
    }

    private static RankedPictures Of(TaskData data, SetPrompts set)
    {
        var split = LabelledFeatures.Of(data, FeatureLayer.Projected, set.Names);
        ClassOutcome.RequireNames(split.Labels, set.Names.Count);
        return new RankedPictures(split.Features.Vectors, split.Labels, [.. split.Features.SampleIds.Select(split.Index.Key)]);
    }

    private IReadOnlyList<string>? Notes(SetPrompts set, IReadOnlyList<PromptTemplate> templates)
    {
        string[] twice = [.. templates.CountBy(template => template.Text).Where(times => times.Value > 1)
            .Select(times => $"\"{times.Key}\"")];
        var alike = set.Prompts.Indistinguishable(clip.Tokenizer, clip.Config.Text.ContextLength);
        string?[] notes =
        [
            ClassNames.Peculiarities(set.Names),
            alike,
            .. alike is null ? AlikeByOne(set, templates) : [],
            twice.Length == 0 ? null : "templates that stand several times and count as often: " + string.Join(", ", twice),
        ];
        return notes.Any(note => note is not null) ? [.. notes.OfType<string>()] : null;
    }

    // What all templates together tell apart, one that is so long that names are cut off does not.
    private IEnumerable<string> AlikeByOne(SetPrompts set, IReadOnlyList<PromptTemplate> templates) =>
        from template in templates
        let alike = ClassPrompts.FillSynonyms(set.NamesOfClass, [template])
            .Indistinguishable(clip.Tokenizer, clip.Config.Text.ContextLength)
        where alike is not null
        select $"by the template \"{template.Text}\" {alike}";
}
