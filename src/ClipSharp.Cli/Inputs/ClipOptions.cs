using System.CommandLine;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Onnx;
using ClipSharp.Torch;

namespace ClipSharp.Cli.Inputs;

/// <summary>The options by which a command gets its model, and the loading.</summary>
/// <param name="load">From a model's files, device and precision to a model on the torch engine.</param>
/// <param name="readsDataSets">Whether the command reads pictures by the thousand, of which one must not end it.</param>
/// <param name="needsModel">Whether a person must name the model; else the command may know it.</param>
/// <param name="manyModels">Whether several models may be named.</param>
internal sealed class ClipOptions(Func<ModelFiles, string, string, Clip> load, bool readsDataSets = false,
    bool needsModel = true, bool manyModels = false)
{
    private readonly Option<string> _model = SharedOptions.Model(needsModel);
    private readonly Option<string[]> _models = SharedOptions.Models();
    private readonly Option<string> _device = SharedOptions.Device();
    private readonly Option<string> _precision = new("--precision")
    {
        Description = "Number format of the towers: auto, fp32, bf16, fp16 or pure_bf16.",
        HelpName = "name",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string?> _engine = new("--engine")
    {
        Description = "What computes: torch, onnx (graphs of others, or after export onnx), or auto, the faster of both. [default: what the folder holds]",
        HelpName = "name",
    };

    private readonly Option<string?> _graph = SharedOptions.OnnxFile();

    private readonly OverrideOptions _overrides = new();
    private readonly Option<string?> _compat = SharedOptions.Compat();
    private readonly Option<bool> _exif = SharedOptions.Exif();
    private readonly PictureFlags _pictures = new(readsDataSets);

    /// <summary>Loads a model on libtorch. A command that named <see cref="TorchClip.Load(ModelFiles, string, string)"/> itself
    /// would load libtorch when it is made, with every help page.</summary>
    public static Clip LoadTorch(ModelFiles model, string device, string precision) => TorchClip.Load(model, device, precision);

    /// <summary>Adds the options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(manyModels ? _models : _model);
        command.Options.Add(_device);
        command.Options.Add(_precision.OneOf("auto", "fp32", "bf16", "fp16", "pure_bf16"));
        command.Options.Add(_engine.OneOf("torch", "onnx", "auto"));
        command.Options.Add(_graph);
        command.Require(parsed => parsed.GetValue(_graph) is not null && parsed.GetValue(_engine) is "torch" or "auto"
            ? "--onnx-file is for --engine onnx."
            : null);
        _overrides.AddIdentityTo(command).AddSizesTo(command).AddCleaningTo(command);
        command.Options.Add(_compat);
        command.Options.Add(_exif);
        _pictures.AddTo(command);
    }

    /// <summary>Loads the model.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="withTexts">Whether texts are encoded: then a missing tokenizer is told before any work.</param>
    public Clip Load(ParseResult parsed, bool withTexts = true) =>
        Load(parsed, PathOf(parsed), withTexts);

    /// <summary>The path of the model that was named; of a run folder its newest checkpoint.</summary>
    public string PathOf(ParseResult parsed) => SharedOptions.ModelPath(parsed.GetValue(_model)!, Output.Of(parsed));

    /// <summary>Loads the model of an index: the one named, or the one it was made with; on the engine that made it, unless
    /// another is named.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">As a person or the index names it.</param>
    /// <param name="madeBy">The index's engine, such as "torch cpu bf16"; null where there is no index yet.</param>
    /// <param name="withTexts">Whether texts are encoded.</param>
    public Clip LoadOf(ParseResult parsed, string model, string? madeBy, bool withTexts)
    {
        var words = madeBy?.Split(' ');
        return Load(parsed, SharedOptions.ModelPath(model, Output.Of(parsed)), withTexts, words?[0], words?[^1] ?? "auto");
    }

    /// <summary>The model as a person named it, or as an index has it.</summary>
    /// <exception cref="ClipException">Neither is there.</exception>
    public string NameOf(ParseResult parsed, string? ofIndex) => parsed.GetValue(_model) ?? ofIndex
        ?? throw new ClipException(ClipError.Usage, "A new index needs a model", "--model", "none", "a model",
            "Name it with --model; the index remembers it.");

    /// <summary>The paths of models that are to be measured, see <see cref="SharedOptions.WholeModelPath"/>.</summary>
    public IReadOnlyList<string> WholePaths(ParseResult parsed, CancellationToken cancel) =>
        [.. parsed.GetValue(_models)!.Select(model => SharedOptions.WholeModelPath(model, Output.Of(parsed), cancel))];

    /// <summary>The same of the one model.</summary>
    public string WholePath(ParseResult parsed, CancellationToken cancel) => Path.TrimEndingDirectorySeparator(
        SharedOptions.WholeModelPath(parsed.GetValue(_model)!, Output.Of(parsed), cancel));

    /// <summary>Loads the model at a path.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="path">The model.</param>
    /// <param name="withTexts">Whether texts are encoded: then a missing tokenizer is told before any work.</param>
    /// <param name="elseEngine">The engine where the user names none; null = by what the folder holds.</param>
    /// <param name="elsePrecision">The number format where the user names none.</param>
    public Clip Load(ParseResult parsed, string path, bool withTexts = true, string? elseEngine = null,
        string elsePrecision = "auto")
    {
        var (engine, overrides) = (parsed.GetValue(_engine) ?? elseEngine, _overrides.Of(parsed));
        var precision = parsed.GetValue(_precision) is "auto" or null ? elsePrecision : parsed.GetValue(_precision)!;
        var graphs = new OnnxChoice
        {
            File = parsed.GetValue(_graph),
            Tokenizer = overrides.Tokenizer,
            Cleaning = overrides.Cleaning,
        };
        if (overrides with { Tokenizer = null, Cleaning = null } != ModelOverrides.None
            && (engine ?? EngineChoice.EngineOf(path, graphs.File)) != "torch")
        {
            throw new ClipException(ClipError.Usage, "ONNX graphs are what they were exported as", path,
                "an option that changes the model",
                "none", "Use --engine torch, or convert the model and export it again.");
        }

        var output = Output.Of(parsed);
        var clip = new EngineChoice(
            (model, device, precision) => load(OverrideOptions.Open(model, overrides, output), device, precision), graphs, output)
            .Load(engine, path, parsed.GetValue(_device)!, precision);
        var config = clip.Preprocessor.Config;
        clip.Preprocessor = new ImagePreprocessor(config with
        {
            Compat = Spelling.Find<Compat>(parsed.GetValue(_compat)) ?? config.Compat,
            Exif = parsed.GetValue(_exif) || config.Exif,
        }, clip.Preprocessor.Size);
        clip.Pictures = _pictures.Bind(parsed, clip.Preprocessor.JpegShortSide);
        return withTexts ? WithTokenizer(clip) : clip;
    }

    private static Clip WithTokenizer(Clip clip)
    {
        try
        {
            clip.RequireTokenizer();
            return clip;
        }
        catch
        {
            clip.Dispose();
            throw;
        }
    }
}
