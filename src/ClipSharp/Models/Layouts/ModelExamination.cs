using ClipSharp.Hub;

namespace ClipSharp.Models.Layouts;

/// <summary>What is found at a model's path, whether or not it can be used: what opening demands and inspecting shows.</summary>
internal sealed class ModelExamination : IDisposable
{
    private ModelExamination(ModelSource source, StoredWeights stored, ModelOverrides overrides)
    {
        (Source, Stored) = (source, stored);
        try
        {
            Table = KeyTable.Of([.. stored.Tensors.Keys], source.Path);
            Config = Described(Table, overrides);
            Fit = WeightsFit.Of(Table.StoredShapes(Config),
                stored.Tensors.Values.Where(tensor => !Table.Ignores(tensor.Name)).Select(tensor => (tensor.Name, tensor.Shape)));
            Unknown = IsActivationKnown ? null : ActivationUnknown();
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

    /// <summary>How the weights fit it.</summary>
    public WeightsFit? Fit { get; }

    /// <summary>Why it is not known what the model is; null when it is.</summary>
    public ClipException? Unknown { get; }

    /// <exception cref="ClipException">There is no model, or its files are damaged.</exception>
    public static ModelExamination Of(string path, ModelOverrides overrides)
    {
        var source = ModelLayout.Find(HubCache.PathOf(path, RepoType.Model));
        var stored = StoredWeights.Open(source);
        return new ModelExamination(source, stored, overrides);
    }

    public void Dispose() => Stored.Dispose();

    private ModelConfig Described(KeyTable table, ModelOverrides overrides)
    {
        if ((overrides.Config ?? Source.Config) is { } said)
        {
            return said with { QuickGelu = overrides.QuickGelu ?? said.QuickGelu };
        }

        IsInferred = true;
        bool? quickGelu = overrides.QuickGelu ?? (Stored.IsOpenAi ? true : null);
        IsActivationKnown = quickGelu is not null;
        return ConfigInference.Of(table, Stored.Tensors, quickGelu ?? false, Source.Path);
    }

    // A wrong guess costs several points of accuracy and says nothing (open_clip#771).
    private ClipException ActivationUnknown() =>
        new(ClipError.Config, "The weights do not say which activation they were trained with", Source.Path, "no configuration",
            "QuickGELU (OpenAI's models and what is tuned from them) or GELU (most of open_clip's)",
            "Add --quick-gelu or --no-quick-gelu, or --model-config with a preset's name.");
}
