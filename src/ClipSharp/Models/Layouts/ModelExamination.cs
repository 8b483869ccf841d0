
namespace ClipSharp.Models.Layouts;

/// <summary>What is found at a model's path, whether or not it can be used: what opening demands and inspecting shows.</summary>
internal sealed class ModelExamination : IDisposable
{
    private ModelExamination(ModelSource source, StoredWeights stored, ModelOverrides overrides, IReadOnlyList<string> passedOver)
    {
        (Source, Stored) = (source, stored);
        try
        {
            Table = KeyTable.Of([.. stored.Tensors.Keys], source.Path);
            Config = Described(Table, overrides);
            Fit = WeightsFit.Of(Table.StoredShapes(Config),
                stored.Tensors.Values.Where(tensor => !Table.Ignores(tensor.Name)).Select(tensor => (tensor.Name, tensor.Shape)));
            Unknown = IsActivationKnown && AreHeadsKnown ? null : NotTold();
            Notes = [.. passedOver, .. NotesOf()];
        }
        catch (ClipException e)
        {
            Unknown = e;
        }
    }

    public ModelSource Source { get; }

    public StoredWeights Stored { get; }

    /// <summary>The names of the weights; null when they are no CLIP's.</summary>
    public KeyTable? Table { get; }

    /// <summary>What the weights are, as their files say it or their shapes tell.</summary>
    public ModelConfig? Config { get; }

    /// <summary>Whether the shapes told it.</summary>
    public bool IsInferred { get; private set; }

    /// <summary>Whether anything says the activation.</summary>
    public bool IsActivationKnown { get; private set; } = true;

    /// <summary>Whether anything says how wide the heads are.</summary>
    public bool AreHeadsKnown { get; private set; } = true;

    /// <summary>The preset whose heads are taken, for it has these shapes; null when the heads are said otherwise or not
    /// known.</summary>
    public string? Published { get; private set; }

    /// <summary>What was taken without a file that says it, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; } = [];

    /// <summary>How the weights fit it.</summary>
    public WeightsFit? Fit { get; }

    /// <summary>Why it is not known what the model is; null when it is.</summary>
    public ClipException? Unknown { get; }

    /// <exception cref="ClipException">There is no model, or its files are damaged.</exception>
    public static ModelExamination Of(string path, ModelOverrides overrides)
    {
        var passedOver = new List<string>();
        var source = ModelLayout.Find(ModelPlace.Of(path, passedOver.Add));
        var stored = StoredWeights.Open(source);
        return new ModelExamination(source, stored, overrides, passedOver);
    }

    public void Dispose() => Stored.Dispose();

    private ModelConfig Described(KeyTable table, ModelOverrides overrides)
    {
        if ((overrides.Config ?? Source.Config) is { } said)
        {
            return said with { QuickGelu = overrides.QuickGelu ?? said.QuickGelu };
        }

        IsInferred = true;
        var isOpenAi = Stored.IsOpenAi(table);
        bool? quickGelu = overrides.QuickGelu ?? (isOpenAi ? true : null);
        IsActivationKnown = quickGelu is not null;
        var inferred = ConfigInference.Of(table, Stored.Tensors, isOpenAi, quickGelu ?? false, Source.Path);
        (Published, AreHeadsKnown) = (inferred.Published, inferred.AreHeadsKnown);
        return inferred.Config;
    }

    // A wrong guess runs without complaint: the activation costs several points of accuracy (open_clip#771), heads of another
    // width make other features altogether.
    private ClipException NotTold()
    {
        const string activations = "QuickGELU (OpenAI's models and what is tuned from them) or GELU (most of open_clip's)";
        const string elsewhere = "convert, told once, writes a folder that says it.";
        return AreHeadsKnown
            ? new ClipException(ClipError.Config, "The weights do not say which activation they were trained with", Source.Path,
                $"no configuration{(Published is null ? "" : $", shapes of {Published}")}", activations,
                "Add --quick-gelu or --no-quick-gelu, or --model-config with a preset's name; " + elsewhere)
            : new ClipException(ClipError.Config,
                "The weights do not say how many attention heads they have"
                + (IsActivationKnown ? "" : " and which activation they were trained with"),
                Source.Path, "no configuration, and shapes of no published model",
                "vision_cfg.head_width and text_cfg.heads" + (IsActivationKnown ? "" : $", and {activations}"),
                "Add --model-config with a model JSON (inspect --json shows its other members) or a preset's name; " + elsewhere);
    }

    private IEnumerable<string> NotesOf()
    {
        if (Table!.Beginning is { Length: > 0 } beginning)
        {
            yield return $"every name of the weights begins with {beginning}, which is taken off";
        }

        if (Published is not null)
        {
            var (vision, text) = (Config!.Vision, Config.Text);
            yield return $"no configuration lies beside the weights: their shapes are {Published}'s, so heads are {vision.HeadWidth} wide in the image "
                + $"tower and {text.Width / text.Heads} in the text tower, and pooling, causal mask and norms as there";
        }

        if (Source.Preprocess is null)
        {
            yield return ModelSource.NoPreprocess;
        }

        if (IsInferred && Table.IsHuggingFace && Source.Cleaning is null)
        {
            yield return "no file says how texts are cleaned: OpenAI's way is taken, which repairs them; Hugging Face's is --no-text-repair";
        }
    }
}
