namespace ClipSharp.Hub;

/// <summary>What ONNX graphs of a CLIP are called, here and in repositories of the hub: <c>vision_model.onnx</c> and
/// <c>text_model.onnx</c>, one a tower, or <c>model.onnx</c> with both; others than float32 with a word behind, as in
/// <c>vision_model_fp16.onnx</c>.</summary>
internal static class GraphNames
{
    /// <summary>The folder in which repositories have them.</summary>
    public const string Folder = "onnx";

    /// <summary>The graph with both towers.</summary>
    public const string Joint = JointStem + Ending;

    /// <summary>How each ends.</summary>
    public const string Ending = ".onnx";

    private const string JointStem = "model";
    private static readonly string[] Stems = ["vision_model", "text_model", JointStem];

    /// <summary>The graphs among a folder's files.</summary>
    /// <param name="name">Which of several: a file's name without or with its folder, or the word behind; null = float32.</param>
    /// <param name="exists">Whether a file of a name is there.</param>
    /// <returns>The names of the files that take pictures and texts, the same where one has both towers; null where none
    /// does.</returns>
    public static (string? Image, string? Text) Choose(string? name, Func<string, bool> exists)
    {
        var stem = Stem(name ?? JointStem);
        // "vision_model_fp16.onnx" names its text tower too.
        var begin = Stems.FirstOrDefault(begin => stem.StartsWith(begin, StringComparison.Ordinal));
        var word = begin is null ? "_" + stem : stem[begin.Length..];
        var (joint, own) = (Existing(JointStem + word), Existing(stem));
        return name is not null && begin is JointStem ? (joint, joint)
            : (Existing(Stems[0] + word) ?? joint ?? own, Existing(Stems[1] + word) ?? joint ?? own);

        string? Existing(string stem) => exists(stem + Ending) ? stem + Ending : null;
    }

    private static string Stem(string name) => name[(name.LastIndexOf('/') + 1)..] is var file
        && file.EndsWith(Ending, StringComparison.Ordinal) ? file[..^Ending.Length] : file;
}
