using System.Security.Cryptography;
using System.Text;
using ClipSharp.Files.Reading;
using ClipSharp.Hub;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Models.Layouts;
using ClipSharp.Models.Layouts.Tokenizers;
using ClipSharp.Onnx.Folders;
using ClipSharp.Text;

namespace ClipSharp.Onnx;

/// <summary>A model as ONNX graphs, with what the files beside them say of it: as <see cref="OnnxExporter"/> writes it, as
/// repositories of Xenova, onnx-community and optimum have it (graphs in <c>onnx</c>, Hugging Face's files above), or as immich
/// does.</summary>
public sealed class OnnxFolder
{
    /// <summary>The image tower's file name.</summary>
    public const string ImageFile = "vision_model.onnx";

    /// <summary>The text tower's file name.</summary>
    public const string TextFile = "text_model.onnx";

    internal const string LogitScaleKey = "logit_scale", LogitBiasKey = "logit_bias";

    // Where published CLIPs end: training clamps there (paper 2.5).
    private const double AssumedScale = 100;

    private readonly ModelSource _source;
    private readonly StoredTokenizer _tokenizer;
    private readonly IReadOnlyList<string> _files; // each graph, then its weights

    private OnnxFolder(GraphFiles files, ModelSource source, OnnxChoice choice)
    {
        (Files, _source, Config) = (files, source, source.Config!);
        Preprocess = (source.Preprocess ?? new PreprocessConfig()) with { Size = Config.Vision.ImageSize };
        Cleaning = choice.Cleaning ?? source.Cleaning ?? Config.Text.Cleaning;
        _tokenizer = new StoredTokenizer(source, Config, Cleaning, choice.Tokenizer);
        var headers = files.All.Select(path => (Path: path, Header: GraphHeader.Read(path))).ToList();
        _files = [.. headers.SelectMany(graph => graph.Header.DataFiles
            .Select(name => Path.Combine(Path.GetDirectoryName(graph.Path)!, name)).Prepend(graph.Path))];
        var stated = headers.Select(graph => graph.Header.Logits).FirstOrDefault(logits => logits is not null)
            ?? LogitsOfJoint(files.Folder);
        Logits = stated ?? new Logits(AssumedScale);
        Notes = [.. NotesOf(stated)];
    }

    /// <summary>The folder of the graphs.</summary>
    public string FolderPath => Files.Folder;

    /// <summary>What the model is.</summary>
    public ModelConfig Config { get; }

    /// <summary>How its pictures are made; the size is always set.</summary>
    public PreprocessConfig Preprocess { get; }

    /// <summary>How its texts are cleaned.</summary>
    public TextCleaning Cleaning { get; }

    /// <summary>How cosines become logits: as the graphs, or the one of both towers beside them, say. Else the scale is taken to
    /// be 100, where published CLIPs end, without a bias, which <see cref="Notes"/> then say. Hugging Face's
    /// <c>logit_scale_init_value</c> is where training begins, and says nothing of its end.</summary>
    public Logits Logits { get; }

    /// <summary>What was assumed, a sentence each, for whoever runs the model.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The graphs.</summary>
    internal GraphFiles Files { get; }

    /// <summary>Loads the tokenizer.</summary>
    /// <exception cref="ClipException">It is missing, damaged, or not this model's.</exception>
    public TextTokenizer LoadTokenizer() => _tokenizer.Load();

    /// <summary>The tokenizer, where there is one: pictures need none.</summary>
    internal TextTokenizer? FindTokenizer() => _tokenizer.Exists ? LoadTokenizer() : null;

    /// <summary>Whether a folder itself holds graphs in float32.</summary>
    public static bool IsAt(string path) => Find(path) == path;

    /// <summary>The ONNX graphs of a model's path: the folder itself, or "onnx" in it, where repositories of the hub have
    /// them.</summary>
    /// <param name="path">A folder.</param>
    /// <param name="file">Which of several, see <see cref="OnnxChoice.File"/>.</param>
    /// <returns>Null when there are none.</returns>
    public static string? Find(string path, string? file = null) => GraphFiles.Find(path, file)?.Folder;

    /// <summary>Opens a model; ONNX Runtime reads the graphs when they are first used.</summary>
    /// <param name="path">A folder of graphs, or one with graphs in "onnx".</param>
    /// <param name="choice">Which graphs; null = those in float32.</param>
    /// <exception cref="ClipException">There are none, one is damaged or refers to what is not beside it, or the configuration is
    /// missing or unfit.</exception>
    public static OnnxFolder Open(string path, OnnxChoice? choice = null)
    {
        choice ??= new OnnxChoice();
        var files = GraphFiles.Find(path, choice.File) ?? throw Absent(path, choice.File);
        return new OnnxFolder(files, Describe(files), choice);
    }

    /// <summary>SHA-256 of configuration and graphs, in hexadecimal.</summary>
    /// <exception cref="ClipException">A file cannot be read any more.</exception>
    public string Fingerprint()
    {
        try
        {
            var config = Path.Combine(FolderPath, FolderConfig.FileName);
            var described = File.Exists(config)
                ? Hash(config)
                : SHA256.HashData(Encoding.UTF8.GetBytes(FolderConfig.Of(Config, Preprocess, Cleaning).ToJson()));
            return KeptDigests.OfUser().Of(_files, Convert.ToHexStringLower(described),
                () => Convert.ToHexStringLower(SHA256.HashData([.. described, .. _files.SelectMany(Hash)])));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The model cannot be read", FolderPath, e.Message, "a readable folder",
                "Check the folder.", e);
        }
    }

    private static ModelSource Describe(GraphFiles files)
    {
        var folder = Path.GetFullPath(files.Folder);
        string[] places = Path.GetFileName(folder) == GraphNames.Folder ? [folder, Path.GetDirectoryName(folder)!] : [folder];
        return ImmichFolder.Describe(files) ?? places.Select(ModelLayout.Described).FirstOrDefault(source => source is not null)
            ?? throw new ClipException(ClipError.NoInput, "No configuration lies beside the ONNX graphs", folder,
                $"no {FolderConfig.FileName} and no config.json", "one there, or above the folder \"onnx\"",
                "Fetch the configuration, preprocessing and tokenizer of the model too; pull does.");
    }

    private static ClipException Absent(string path, string? file)
    {
        var names = GraphFiles.NamesIn(path).ToList();
        var isThere = names.Count > 0;
        return new ClipException(ClipError.NoInput, file is null ? "There is no ONNX model" : "There is no such ONNX graph", path,
            isThere ? string.Join(", ", names) : Directory.Exists(path) ? $"neither {ImageFile} nor {TextFile}" : "no folder",
            file is null ? $"{ImageFile} and {TextFile}, or model.onnx" : file,
            isThere ? "Choose one with --onnx-file."
                : $"Write one: clipsharp export onnx --model {path} -o {Path.Combine(path, GraphNames.Folder)}");
    }

    // Where each tower is a graph of its own, the scale is in neither, but in the one of both where that lies beside them.
    private static Logits? LogitsOfJoint(string folder) =>
        Path.Combine(folder, GraphNames.Joint) is var joint && File.Exists(joint) ? GraphHeader.Read(joint).Logits : null;

    private IEnumerable<string> NotesOf(Logits? stated)
    {
        if (stated is null)
        {
            yield return "the ONNX graphs do not hold the logit scale: 100 is taken, where published CLIPs end; on it hang probabilities, not their order";
        }

        if (Config.InitLogitBias is not null && !Logits.IsSigmoid)
        {
            yield return "the ONNX graphs do not hold the logit bias of this model, which was trained with one: probabilities of a picture sum to 1";
        }

        if (_source.Preprocess is null)
        {
            yield return ModelSource.NoPreprocess;
        }

        foreach (var note in _tokenizer.Notes)
        {
            yield return note;
        }
    }

    private static byte[] Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return SHA256.HashData(stream);
    }
}
