using ClipSharp.Data.Index;
using ClipSharp.Files;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>Naming pictures: each class is the mean of its prompts.</summary>
/// <param name="cache">Keeps classifiers; null = they are built each time.</param>
internal sealed class ZeroShotClassification(ClassifierCache? cache) : IEvaluationTask
{
    public string Name => "zeroshot_classification";

    public TaskResult Measure(TaskData data, CancellationToken cancel)
    {
        var (clip, options, folder) = (data.Clip, data.Options, data.Folder);
        var names = ClassNames.ReadFile(options.Classnames ?? folder.ClassNames ?? throw new ClipException(ClipError.NoInput,
            "Class names are missing", options.Data, "no classnames.txt beside the split or in its parent folder",
            "one name a line", "Give a list with --classnames."));
        var templates = options.Prompts is null ? Templates(options, folder) : null;
        var prompts = templates is null ? ClassPrompts.ReadFile(options.Prompts!, names) : ClassPrompts.Fill(names, templates);
        var index = data.Index(SampleNeed.Class);
        var classifier = cache is null ? Build() : cache.GetOrBuild(clip.ClassifierKey(prompts), Build, out _);
        var pictures = data.EncodePictures(index);
        var labels = pictures.SampleIds.Select(index.Class).ToArray();
        var metrics = new ZeroShotEvaluator(options.ClassesPresent, options.Seed)
            .Evaluate(new ZeroShotTask(pictures.Vectors, labels, classifier.Weights), cancel);
        string?[] notes =
            [ClassNames.Peculiarities(names), prompts.Indistinguishable(clip.Tokenizer, clip.Config.Text.ContextLength)];
        string[]? texts = templates is null ? null : [.. templates.Select(template => template.Text)];
        return new TaskResult(metrics)
        {
            Templates = texts,
            ClassnamesSha256 = TextLines.Hash(names),
            TemplatesSha256 = TextLines.Hash(texts ?? prompts.Texts.SelectMany(sentences => sentences)),
            Notes = notes.Any(note => note is not null) ? [.. notes.OfType<string>()] : null,
        };

        ZeroShotClassifier Build() => clip.BuildClassifier(prompts, data.Stage("prompts", prompts.Count), cancel);
    }

    private static IReadOnlyList<PromptTemplate> Templates(BenchmarkOptions options, BenchmarkFolder folder) =>
        options.Template.Count > 0 ? [.. options.Template.Select(text => PromptTemplate.Parse(text, "--template"))]
        : (options.Templates ?? folder.Templates) is { } path ? PromptTemplate.ReadFile(path)
        : [PromptTemplate.Default];
}
