using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ClipSharp.Files;
using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Models;

/// <summary><c>open_clip_config.json</c>: what a model is and how its pictures are made.</summary>
internal sealed record FolderConfig
{
    /// <summary>The file's name.</summary>
    public const string FileName = "open_clip_config.json";

    [JsonPropertyName("model_cfg")]
    public required ModelConfig Model { get; init; }

    [JsonPropertyName("preprocess_cfg")]
    public PreprocessConfig Preprocess { get; set; } = new();

    /// <summary>How texts are cleaned, where that is not what open_clip does with such a model: whatever its
    /// <c>tokenizer_kwargs.clean</c> says, it repairs texts first (<c>basic_clean</c> in its <c>tokenizer.py</c>), also before a
    /// tokenizer of Hugging Face's. So another way is a member of ours beside its own, which it passes over.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<TextCleaning>))]
    public TextCleaning? TextCleaning { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>A model, its pictures and its texts.</summary>
    public static FolderConfig Of(ModelConfig model, PreprocessConfig preprocess, TextCleaning cleaning) => new()
    {
        Model = model,
        Preprocess = preprocess,
        TextCleaning = cleaning == model.Text.Cleaning ? null : cleaning,
    };

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="ClipException">It is absent, no such JSON, or <see cref="Validated"/> refuses it.</exception>
    public static FolderConfig Read(string path) => JsonFile.Read(path, ConfigJson.Default.FolderConfig).Validated(path);

    /// <summary>Itself with the size of pictures set, when model and preprocessing can be had and fit together.</summary>
    /// <param name="where">For messages.</param>
    /// <exception cref="ClipException">With what is wrong.</exception>
    public FolderConfig Validated(string where)
    {
        var faults = new ConfigFaults();
        Model.Check(faults);
        Preprocess.Check(faults, "preprocess_cfg.");
        var size = Preprocess.Size;
        faults.Require(size == 0 || size == Model.Vision.ImageSize,
            $"preprocess_cfg.size = {size} is not the model's image_size {Model.Vision.ImageSize}");
        faults.ThrowIfAny(where);
        return this with { Preprocess = Preprocess with { Size = Model.Vision.ImageSize } };
    }

    /// <summary>The file's text: open_clip's own members only, unless a member of ours says something.</summary>
    public string ToJson()
    {
        var json = JsonSerializer.SerializeToNode(this, ConfigJson.Default.FolderConfig)!;
        if (Preprocess.Background == new PreprocessConfig().Background)
        {
            ((JsonObject)json["preprocess_cfg"]!).Remove("background");
        }

        return json.ToJsonString(ConfigJson.Default.Options) + "\n";
    }
}
