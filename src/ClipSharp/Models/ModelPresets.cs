using System.Collections.Concurrent;
using ClipSharp.Files;
using ClipSharp.Models.Presets;
using ClipSharp.Models.Towers;

namespace ClipSharp.Models;

/// <summary>Models by open_clip's names: all of its configurations (among them those of the CLIP paper, Radford et al. 2021,
/// tables 19 and 20), and small ones of our own. They are recorded in <c>Models/Presets/presets.json</c>.</summary>
public static class ModelPresets
{
    private const string QuickGelu = "-quickgelu";

    private static readonly ConcurrentDictionary<string, ModelConfig> Found = new(StringComparer.Ordinal);

    /// <summary>The names that can be built; "-quickgelu" is the model with OpenAI's activation, where open_clip has
    /// it.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. PresetTable.Models.Order(StringComparer.Ordinal)];

    /// <summary>open_clip's other models, which <see cref="Find"/> refuses by the members that are not supported.</summary>
    public static IReadOnlyList<string> RefusedNames { get; } = [.. PresetTable.Refused.Order(StringComparer.Ordinal)];

    /// <summary>The configuration of a name or of a file.</summary>
    /// <param name="nameOrPath">A preset's name, also as OpenAI spells it ("ViT-L/14@336px" is "ViT-L-14-336"; the spelling does
    /// not choose the activation), or the path of a model JSON, which ends in ".json".</param>
    /// <exception cref="ClipException">No such preset (Usage, with the nearest name), one of <see cref="RefusedNames"/> (Config,
    /// with its members that are not supported), or the file is absent or unfit.</exception>
    public static ModelConfig Find(string nameOrPath)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        if (nameOrPath.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return ModelConfig.Read(nameOrPath);
        }

        var spelled = Spelled(nameOrPath);
        var name = Names.Concat(RefusedNames).FirstOrDefault(name => name.Equals(spelled, StringComparison.OrdinalIgnoreCase))
            ?? throw Unknown(nameOrPath, spelled);
        if (RefusedNames.Contains(name))
        {
            var faults = new ConfigFaults();
            Parse(name).Check(faults);
            faults.ThrowIfAny(name, ClipError.Config, "This model is not computed here",
                "clipsharp models --all lists those that are.");
        }

        var found = Found.GetOrAdd(name, Parse); // sound: a test validates all
        return found with { Vision = found.Vision with { }, Text = found.Text with { } }; // the caller's own
    }

    /// <summary>Why a model of <see cref="RefusedNames"/> is refused: each member that is not supported, with what it says where
    /// that is a word, such as "vision_cfg.timm_model_name: convnext_base".</summary>
    internal static IReadOnlyList<string> WhyRefused(string name)
    {
        var faults = new ConfigFaults();
        Parse(name).Check(faults);
        return faults.Unsupported;
    }

    /// <summary>A name in open_clip's spelling: "ViT-L/14@336px" is "ViT-L-14-336".</summary>
    internal static string Spelled(string name) =>
        name.Replace('/', '-').Replace('@', '-').Replace("336px", "336", StringComparison.Ordinal);

    /// <summary>The preset with the architecture and activation of a model.</summary>
    /// <returns>Its name, or null where none is so.</returns>
    public static string? NameOf(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var asked = Architecture(config);
        return Names.FirstOrDefault(name => Architecture(Find(name)) == asked);
    }

    /// <summary>The preset whose state dict has the names and shapes of a model's, the number of positions and a logit bias left
    /// aside: models are tuned at other sizes and with other losses, and no published pair differs in nothing else but its
    /// heads.</summary>
    /// <returns>Its name without an activation, that of the same image size first; null where none is so.</returns>
    internal static string? NameOfShapes(ModelConfig config)
    {
        var asked = Shapes(config);
        return Names.Where(name => !name.EndsWith(QuickGelu, StringComparison.Ordinal))
            .Select(name => (Name: name, Preset: Find(name)))
            .Where(entry => asked.SequenceEqual(Shapes(entry.Preset with
            {
                InitLogitBias = config.InitLogitBias,
                Vision = entry.Preset.Vision with { ImageSize = config.Vision.ImageSize },
                Text = entry.Preset.Text with { ContextLength = config.Text.ContextLength },
            })))
            .OrderBy(entry => entry.Preset.Vision.ImageSize == config.Vision.ImageSize ? 0 : 1)
            .Select(entry => entry.Name)
            .FirstOrDefault();

        static IEnumerable<string> Shapes(ModelConfig config) =>
            StateDictShapes.Of(config).Select(entry => $"{entry.Name} {string.Join(',', entry.Shape)}");
    }

    /// <summary>A model for people: the preset it is, or is but for its vocabulary, as models with a learnt one are, or for its
    /// activation, as SigLIP is in transformers' files.</summary>
    internal static string Describe(ModelConfig config)
    {
        var asked = Architecture(config);
        var alike = Names.Select(name => (Name: name, Preset: Architecture(Find(name))))
            .Where(entry => entry.Preset.Form == asked.Form)
            .OrderByDescending(entry => entry.Preset.Activations == asked.Activations)
            .ThenByDescending(entry => entry.Preset.Vocabulary == asked.Vocabulary)
            .FirstOrDefault();
        if (alike.Name is null)
        {
            return "no preset's architecture";
        }

        var vocabulary = alike.Preset.Vocabulary == asked.Vocabulary ? ""
            : FormattableString.Invariant($" with a vocabulary of {asked.Vocabulary:N0}");
        return alike.Name + vocabulary + (alike.Preset.Activations == asked.Activations ? "" : " with another activation");
    }

    // What is computed, however it is said: a trunk's name and its sizes are one; what only training or the tokenizer reads is
    // left out.
    private static (string Form, int Vocabulary, (Activation, Activation) Activations) Architecture(ModelConfig config)
    {
        var (vision, text, image, words) = (config.Vision, config.Text, config.ImageBlocks, config.TextBlocks);
        var form = string.Join('|', config.EmbedDim, config.InitLogitBias is null, string.Join(',', vision.Layers),
            image with { Activation = default }, vision.ImageSize, vision.IsResNet ? 0 : vision.PatchSize, vision.HasClassToken,
            vision.HasNormBefore, vision.HasPatchBias, vision.HasFixedPositions, vision.Pooling, vision.FinalLnAfterPool is true,
            vision.Projection, words with { Activation = default }, text.ContextLength, text.Pooling,
            text.Pooling == TextPooling.End ? text.EosId ?? TextConfig.DefaultEos : 0, text.Projection);
        return (form, text.VocabSize, (image.Activation, words.Activation));
    }

    private static ModelConfig Parse(string name) =>
        JsonFile.Parse(PresetTable.Json(name), ConfigJson.Default.ModelConfig, name);

    private static ClipException Unknown(string asked, string spelled)
    {
        var nearest = NearestName.Of(spelled, Names.Concat(RefusedNames));
        return new ClipException(ClipError.Usage, "There is no such model", asked, asked,
            "a name such as ViT-B-32, or a path ending in .json",
            nearest is null ? "clipsharp models --all lists all names. To start from weights, a model's folder or hf-hub:org/name goes to --pretrained."
            : RefusedNames.Contains(nearest) ? $"{nearest} is not computed here: {string.Join(", ", WhyRefused(nearest))}."
            : $"Did you mean {nearest}? clipsharp models --all lists all names.");
    }
}
