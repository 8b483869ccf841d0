namespace ClipSharp.Models;

/// <summary>The models of the CLIP paper (Radford et al. 2021, tables 19 and 20), larger ones that open_clip's authors published
/// (Cherti et al. 2023), and small ones, by open_clip's names.
/// A preset is one JSON in <c>Models/Presets</c>.</summary>
public static class ModelPresets
{
    private const string Folder = "Presets/";
    private const string QuickGelu = "-quickgelu";

    /// <summary>All names; "-quickgelu" is the model with OpenAI's activation.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(ModelPresets).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(name => Path.GetFileNameWithoutExtension(name))
            .SelectMany(name => new[] { name, name + QuickGelu })
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The configuration of a name or of a file.</summary>
    /// <param name="nameOrPath">A preset's name, also as OpenAI spells it ("ViT-L/14@336px" is "ViT-L-14-336"; the spelling does
    /// not choose the activation), or the path of a model JSON, which ends in ".json".</param>
    /// <exception cref="ClipException">No such preset (Usage, with the nearest names), or the file is absent or
    /// unfit.</exception>
    public static ModelConfig Find(string nameOrPath)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        if (nameOrPath.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return ModelConfig.Read(nameOrPath);
        }

        var spelled = nameOrPath.Replace('/', '-').Replace('@', '-').Replace("336px", "336", StringComparison.Ordinal);
        var name = Names.FirstOrDefault(name => name.Equals(spelled, StringComparison.OrdinalIgnoreCase))
            ?? throw Unknown(nameOrPath, spelled);
        var quick = name.EndsWith(QuickGelu, StringComparison.Ordinal);
        var file = quick ? name[..^QuickGelu.Length] : name;
        using var stream = typeof(ModelPresets).Assembly.GetManifestResourceStream($"{Folder}{file}.json")!;
        var json = new byte[stream.Length];
        stream.ReadExactly(json);
        var config = ModelConfig.Parse(json, name);
        return quick ? config with { QuickGelu = true } : config;
    }

    /// <summary>The preset with the architecture and activation of a model.</summary>
    /// <returns>Its name, or null where none is so.</returns>
    public static string? NameOf(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var asked = Plain(config);
        return Names.FirstOrDefault(name => Plain(Find(name)) == asked);

        // Without what changes training only and members that mean nothing here.
        static string Plain(ModelConfig config) => (config with
        {
            Unknown = null,
            Vision = config.Vision with { Unknown = null, PatchDropout = 0 },
            Text = config.Text with { Unknown = null },
        }).ToJson();
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

    /// <summary>A model for people: the preset it is, or is but for its vocabulary, as models with a learnt one are.</summary>
    internal static string Describe(ModelConfig config) => NameOf(config)
        ?? Names.Select(name => Find(name).Text.VocabSize).Distinct()
            .Select(size => NameOf(config with { Text = config.Text with { VocabSize = size } }))
                .FirstOrDefault(name => name is not null) switch
        {
            { } name => FormattableString.Invariant($"{name} with a vocabulary of {config.Text.VocabSize:N0}"),
            null => "no preset's architecture",
        };

    private static ClipException Unknown(string asked, string spelled)
    {
        var nearest = NearestName.Of(spelled, Names);
        var known = Names.Where(name => !name.EndsWith(QuickGelu, StringComparison.Ordinal));
        return new ClipException(ClipError.Usage, "There is no such model", asked, asked,
            $"one of {string.Join(", ", known)}, each also with {QuickGelu}, or a path ending in .json",
            nearest is not null ? $"Did you mean {nearest}?"
            : "Choose one of these. To start from weights, a model's folder or hf-hub:org/name goes to --pretrained.");
    }
}
