using ClipSharp.Models;

namespace ClipSharp.Testing;

/// <summary>The reference's tiny models in every container and layout.</summary>
public static class ReferenceModels
{
    /// <summary>Folders and files; "!" before those whose heads and activation have to be told.</summary>
    private static readonly string[] All =
    [
        "vit-tiny/open_clip", "vit-tiny/huggingface", "vit-tiny/huggingface_sharded", "vit-tiny/openai_jit.pt",
        "vit-tiny/openai_jit_float32.pt", "!vit-tiny/state_dict.pt", "!vit-tiny/open_clip_checkpoint.pt",
        "!vit-tiny/open_clip_fp16.safetensors", "!vit-tiny/open_clip_bf16.safetensors",
        "rn-tiny/open_clip", "rn-tiny/openai_jit.pt", "!rn-tiny/state_dict.pt", "!rn-tiny/open_clip_fp16.safetensors",
    ];

    /// <summary>Their places below the fixtures.</summary>
    public static IEnumerable<string> Places => All.Select(place => place.TrimStart('!'));

    /// <summary>Whether nothing at this place says heads and activation.</summary>
    public static bool MustBeTold(string place) => All.Contains("!" + place);

    /// <summary>Whether the logit scale there is rounded to 16 bits, all other weights being exact in them.</summary>
    public static bool HasRoundedScale(string place) => place.Contains("fp16", StringComparison.Ordinal)
        || place.Contains("bf16", StringComparison.Ordinal) || place.EndsWith("sharded", StringComparison.Ordinal);

    /// <summary>Opens one, telling it what it is where need be.</summary>
    public static ModelFiles Open(string place) =>
        ModelFiles.Open(SharedFiles.Fixture(place), MustBeTold(place) ? new ModelOverrides { Config = Told(place) } : null);

    /// <summary>What a user would say of one with <c>--model-config</c>.</summary>
    public static ModelConfig Told(string place) => Open($"{place.Split('/')[0]}/open_clip").Config;

    /// <summary>Writes a vocabulary for <c>vit-tiny</c>, whose 512 ids are too few for byte pairs: BERT's list of words, with
    /// letters, and its start and end token where the model has them.</summary>
    /// <param name="folder">Where.</param>
    /// <returns>The file's path.</returns>
    public static string WriteWords(TemporaryFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var letters = Enumerable.Range('a', 26).Select(letter => (char)letter).ToList();
        List<string> words = ["[PAD]", "[UNK]", "[MASK]", "red", "green", "blue", "square", "photo",
            .. letters.Select(letter => $"{letter}"), .. letters.Select(letter => $"##{letter}")];
        words.AddRange(Enumerable.Range(0, 512 - 2 - words.Count).Select(number => $"[unused{number}]"));
        var path = folder["vocab.txt"];
        File.WriteAllText(path, string.Join('\n', [.. words, "[CLS]", "[SEP]"]) + "\n");
        return path;
    }
}
