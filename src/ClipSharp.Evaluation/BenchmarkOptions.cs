using ClipSharp.Data;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Sets.Prompts;
using ClipSharp.Evaluation.Tasks;

namespace ClipSharp.Evaluation;

/// <summary>What is measured and how; the names are those of the command's flags.</summary>
public sealed record BenchmarkOptions
{
    /// <summary>Shards or folders, as <see cref="ClipSharp.Data.Sources.DataPattern"/> takes them.</summary>
    public required string Data { get; init; }

    /// <summary>The split that is measured where <see cref="Data"/> is a whole set.</summary>
    public string Split { get; init; } = "test";

    /// <summary>Threads that decode pictures; 0 = one a processor.</summary>
    public int NumWorkers { get; init; }

    /// <summary>How the data is read.</summary>
    public DataOptions DataOptions { get; init; } = new();

    /// <summary>What is measured, a name of <see cref="Tasks.EvaluationTasks"/>; null = what the data set is for.</summary>
    public string? Task { get; init; }

    /// <summary>The folder in which named sets lie; null = the working folder, and what was pulled.</summary>
    public string? DatasetRoot { get; init; }

    /// <summary>The split that probes and neighbours learn from.</summary>
    public string TrainSplit { get; init; } = "train";

    /// <summary>The split by which a probe's strength or a temperature is chosen; null = "val" or "valid" where there is one,
    /// else a share of the training split.</summary>
    public string? ValSplit { get; init; }

    /// <summary>The share of the training split that is held out where there is no validation split, above 0 and below
    /// 1.</summary>
    public double ValProportion { get; init; } = 0.2;

    /// <summary>Which features probes learn from; null = those before the last projection, as the paper's, where the engine gives
    /// them.</summary>
    public FeatureLayer? ProbeFeatures { get; init; }

    /// <summary>Examples a class of few-shot probes.</summary>
    public IReadOnlyList<int> FewshotK { get; init; } = [1, 2, 4, 8, 16];

    /// <summary>How often examples are drawn anew for each k.</summary>
    public int FewshotSeeds { get; init; } = 3;

    /// <summary>How many neighbours vote.</summary>
    public int Neighbors { get; init; } = 20;

    /// <summary>The folder of a selection set's pictures; null = as the authors lay them.</summary>
    public string? Pictures { get; init; }

    /// <summary>CLIP_benchmark's JSON with the class names of many sets.</summary>
    public string? CustomClassnameFile { get; init; }

    /// <summary>CLIP_benchmark's JSON with the templates of many sets, or with sentences of each class.</summary>
    public string? CustomTemplateFile { get; init; }

    /// <summary>OpenAI's <c>prompts.md</c>, for names and templates of sets that have none beside them.</summary>
    public string? PromptsPage { get; init; }

    /// <summary>A list of class names; null = <c>classnames.txt</c> beside the split or in its parent folder.</summary>
    public string? Classnames { get; init; }

    /// <summary>A list of templates; null = <c>zeroshot_classification_templates.txt</c> at the same places.</summary>
    public string? Templates { get; init; }

    /// <summary>Templates instead of a list. For retrieval one at most: the sentence round a caption, such as the paper's
    /// "a photo of {}" (table 13).</summary>
    public IReadOnlyList<string> Template { get; init; } = [];

    /// <summary>A JSON file with the sentences of each class, see <see cref="ClipSharp.ZeroShot.ClassPrompts.ReadFile"/>, instead
    /// of templates.</summary>
    public string? Prompts { get; init; }

    /// <summary>What several templates are averaged in.</summary>
    public PromptEnsemble Ensemble { get; init; }

    /// <summary>A stored classifier of the model, <see cref="ClipSharp.ZeroShot.ClassifierFile"/>, instead of names and
    /// templates.</summary>
    public string? Classifier { get; init; }

    /// <summary>The k of recall at k.</summary>
    public IReadOnlyList<int> RecallK { get; init; } = DefaultRecallK;

    /// <summary>1, 5, 10: the paper's (table 13).</summary>
    public static IReadOnlyList<int> DefaultRecallK { get; } = [1, 5, 10];

    /// <summary>Whether accuracy is also measured among the classes that occur in the split only.</summary>
    public bool ClassesPresent { get; init; }

    /// <summary>By what pictures of classes are grouped: a column of a table, or the number of a column of the <c>.npy</c> beside
    /// each picture, from 0; null = as the set's own rule says.</summary>
    public string? GroupBy { get; init; }

    /// <summary>Whether scores have intervals; a training run does without.</summary>
    public bool Intervals { get; init; } = true;

    /// <summary>Of the bootstrap intervals.</summary>
    public long Seed { get; init; }

    internal PromptFiles PromptFiles => new()
    {
        Classnames = Classnames,
        Templates = Templates,
        CustomClassnameFile = CustomClassnameFile,
        CustomTemplateFile = CustomTemplateFile,
        PromptsPage = PromptsPage,
    };

    /// <summary>The same options, when each is in its range.</summary>
    /// <exception cref="ClipException">One is not.</exception>
    public BenchmarkOptions Validated()
    {
        if (Prompts is not null && (Templates is not null || Template.Count > 0))
        {
            throw new ClipException(ClipError.Usage, "Prompts take the place of templates", "--prompts", "templates beside it",
                "one of both", "Leave out --template and --templates.");
        }

        if (Classifier is not null && (Template.Count > 0
            || (Templates ?? Prompts ?? Classnames ?? CustomClassnameFile ?? CustomTemplateFile ?? PromptsPage) is not null))
        {
            throw new ClipException(ClipError.Usage, "A stored classifier takes the place of names and templates", "--classifier",
                "names, templates or sentences beside it", "one of both", "Leave out --classnames, --templates and their like.");
        }

        if (Ensemble is PromptEnsemble.Probabilities && (Classifier ?? Prompts) is not null)
        {
            throw new ClipException(ClipError.Usage, "Probabilities are averaged over templates", "--ensemble",
                Classifier is null ? "--prompts" : "--classifier", "--template or --templates", "Leave out one of both.");
        }

        RequireTask(Ensemble is PromptEnsemble.Probabilities, "--ensemble probabilities", EvaluationTasks.ZeroShot);
        RequireTask(GroupBy is not null, "--group-by", EvaluationTasks.ZeroShot, EvaluationTasks.LinearProbe,
            EvaluationTasks.Neighbors);
        RequireTask(Classifier is not null, "--classifier", EvaluationTasks.ZeroShot, EvaluationTasks.Calibration);
        Require(RecallK.Count > 0 && RecallK.All(k => k >= 1), "--recall-k", string.Join(',', RecallK),
            "numbers of 1 or more, such as 1,5,10");
        Require(FewshotK.Count > 0 && FewshotK.All(k => k >= 1), "--fewshot-k", string.Join(',', FewshotK),
            "numbers of 1 or more, such as 1,2,4,8,16");
        Require(ValProportion is > 0 and < 1, "--val-proportion", FormattableString.Invariant($"{ValProportion}"),
            "a share above 0 and below 1, such as 0.2");
        return this;

        void RequireTask(bool isAsked, string option, params string[] tasks)
        {
            if (isAsked && Task is { } task && !tasks.Contains(EvaluationTasks.Find(task).Name))
            {
                throw new ClipException(ClipError.Usage, "An option is not of this task", option, task,
                    string.Join(" or ", tasks), "Leave it out, or measure such tasks apart.");
            }
        }

        static void Require(bool holds, string option, string found, string expected)
        {
            if (!holds)
            {
                throw new ClipException(ClipError.Usage, "An option is out of range", option, found, expected,
                    "Leave it out for the usual value.");
            }
        }
    }
}
