using System.Text.RegularExpressions;
using ClipSharp.Hub.Transfer;

namespace ClipSharp.Hub;

/// <summary>What a CLIP needs of a model repository. Repositories hold the same weights several times over (safetensors, pickle,
/// other frameworks'), so one set is chosen.</summary>
internal static partial class ModelFileChoice
{
    private const string OpenClipConfig = "open_clip_config.json";
    private const string Onnx = GraphNames.Folder + "/";

    private static readonly HashSet<string> Small = new(StringComparer.Ordinal)
    {
        OpenClipConfig, "config.json", "preprocessor_config.json", "processor_config.json",
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "bpe_simple_vocab_16e6.txt.gz", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model", "vocab.txt",
        "preprocess_cfg.json", // immich's
    };

    // In the order in which tokenizers are looked for: what stands behind the first that is there is not read.
    private static readonly string[][] Vocabularies =
    [
        ["vocab.json", "merges.txt"], ["tokenizer.json"], ["sentencepiece.bpe.model"], ["spiece.model"], ["tokenizer.model"],
        ["vocab.txt"],
    ];

    // sentence-transformers' list of modules, and the folder of the first, which is a CLIP in Hugging Face's layout.
    private const string ModuleList = "modules.json", FirstModule = "0_CLIPModel/";

    // open_clip's order (factory.py): a repository of open_clip's may hold model.safetensors with Hugging Face's names beside.
    private static readonly string[] OpenClipWeights =
    [
        "open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin",
        "open_clip_pytorch_model.pth",
    ];

    // What can run no code comes first; a family's files are one file, or shards with their index.
    private static readonly string[] Weights = ["model.safetensors", "pytorch_model.bin", "pytorch_model.pth", "model.pth"];

    private static readonly string[] Endings = [".safetensors", ".bin", ".pt", ".pth"];

    /// <summary>The files, in the order of the list.</summary>
    /// <exception cref="ClipException">There are no weights, or several files that could be them.</exception>
    public static List<HubFile> Choose(IReadOnlyList<HubFile> files, string where)
    {
        var root = files.Where(file => !file.Path.Contains('/', StringComparison.Ordinal)).ToList();
        if (!root.Any(file => Endings.Any(ending => file.Path.EndsWith(ending, StringComparison.Ordinal))))
        {
            var module = files.Where(file => file.Path.StartsWith(FirstModule, StringComparison.Ordinal))
                .ToDictionary(file => file with { Path = file.Path[FirstModule.Length..] });
            if (module.Count > 0 && root.Exists(file => file.Path == ModuleList))
            {
                var chosen = Choose([.. module.Keys], where).Select(file => module[file]).ToHashSet();
                return [.. files.Where(file => file.Path == ModuleList || chosen.Contains(file))];
            }

            if (GraphsOf(files, null) is { Count: > 0 } graphs)
            {
                return graphs;
            }
        }

        var weights = WeightsOf(root, where);
        var unread = UnreadVocabularies(root);
        return [.. root.Where(file => (Small.Contains(file.Path) && !unread.Contains(file.Path)) || weights.Contains(file))];
    }

    private static HashSet<string> UnreadVocabularies(List<HubFile> root)
    {
        var read = Vocabularies.FirstOrDefault(names => names.All(name => root.Exists(file => file.Path == name))) ?? [];
        return read.Length == 0 ? [] : [.. Vocabularies.SelectMany(names => names).Except(read)];
    }

    /// <summary>ONNX graphs, with the configurations and the tokenizer beside and above them, in the order of the list.</summary>
    /// <param name="files">The repository's.</param>
    /// <param name="where">For messages.</param>
    /// <param name="name">Which of several, see <see cref="GraphNames.Choose"/>.</param>
    /// <exception cref="ClipException">There are none.</exception>
    public static List<HubFile> ChooseGraphs(IReadOnlyList<HubFile> files, string where, string? name)
    {
        if (GraphsOf(files, name) is { Count: > 0 } graphs)
        {
            return graphs;
        }

        var there = files.Select(file => file.Path)
            .Where(path => path.EndsWith(GraphNames.Ending, StringComparison.Ordinal)).ToList();
        throw new ClipException(ClipError.NoInput, "The repository has no such ONNX graphs", where,
            there.Count == 0 ? "no ONNX file" : string.Join(", ", there), name ?? "vision_model.onnx and text_model.onnx, or model.onnx",
            there.Count == 0 ? "Leave --engine onnx out, and write graphs with clipsharp export onnx." : "Choose others with --onnx-file.");
    }

    // Graphs at the root, in a folder, or a tower in each of immich's two.
    private static List<HubFile> GraphsOf(IReadOnlyList<HubFile> files, string? name)
    {
        var paths = files.Select(file => file.Path).ToHashSet();
        foreach (var (image, text) in ((string, string)[])[("", ""), (Onnx, Onnx), ("visual/", "textual/")])
        {
            string?[] graphs = [Graph(image, names => names.Image), Graph(text, names => names.Text)];
            if (graphs.Any(graph => graph is not null))
            {
                // The numbers of a large graph lie in a file beside it, whose name goes on.
                return [.. files.Where(file => graphs.Any(graph => graph is not null
                        && file.Path.StartsWith(graph, StringComparison.Ordinal))
                    || new[] { "", image, text }.Any(folder => file.Path.StartsWith(folder, StringComparison.Ordinal)
                        && Small.Contains(file.Path[folder.Length..])))];
            }
        }

        return [];

        string? Graph(string folder, Func<(string? Image, string? Text), string?> tower) =>
            tower(GraphNames.Choose(name, file => paths.Contains(folder + file))) is { } file ? folder + file : null;
    }

    private static HashSet<HubFile> WeightsOf(List<HubFile> root, string where)
    {
        var isOpenClip = root.Any(file => file.Path == OpenClipConfig);
        foreach (var name in isOpenClip ? [.. OpenClipWeights, .. Weights] : Weights)
        {
            var set = root.Where(file => file.Path == name).ToHashSet();
            set = set.Count > 0 ? set : ShardsOf(root, name);
            if (set.Count > 0)
            {
                return set;
            }
        }

        // No known name, as in repositories of a single checkpoint: the only file of the safest kind there is.
        var kind = Endings.Select(ending => root.Where(file => file.Path.EndsWith(ending, StringComparison.Ordinal)).ToList())
            .FirstOrDefault(list => list.Count > 0) ?? [];
        return kind.Count == 1 ? [kind[0]]
            : throw new ClipException(ClipError.Data, "The repository's weights cannot be told", where,
                kind.Count == 0 ? "no weights file" : string.Join(", ", kind.Select(file => file.Path)),
                $"one of {string.Join(", ", Weights)}, or a single file", "Name the files that you want with --include.");
    }

    private static HashSet<HubFile> ShardsOf(List<HubFile> root, string name)
    {
        var shards = root.Where(file => Shard().Match(file.Path) is { Success: true } match
            && match.Groups["stem"].Value + match.Groups["ending"].Value == name).ToHashSet();
        var index = root.Find(file => file.Path == name + ".index.json");
        return index is null || shards.Count == 0 ? [] : [.. shards, index];
    }

    [GeneratedRegex(@"^(?<stem>.+)-\d{5}-of-\d{5}(?<ending>\.\w+)$")]
    private static partial Regex Shard();
}
