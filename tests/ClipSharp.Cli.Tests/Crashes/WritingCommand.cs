using ClipSharp.Cli.Commands;
using ClipSharp.Cli.Commands.Evaluating;
using ClipSharp.Cli.Commands.Exchange;
using ClipSharp.Cli.Commands.Learning;
using ClipSharp.Cli.Commands.Prompting;
using ClipSharp.Data;
using ClipSharp.Evaluation.Features;
using ClipSharp.Hub;
using ClipSharp.Models;
using ClipSharp.Search.Collections;
using ClipSharp.Shapes;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Tests.Crashes;

/// <summary>A command that writes, with the smallest input.</summary>
/// <param name="Line">Its arguments; the folder's path stands for DIR.</param>
/// <param name="Prepare">Makes its input.</param>
internal sealed record WritingCommand(string Line, Action<TemporaryFolder> Prepare)
{
    /// <summary>What it writes, in the folder; a file or a folder.</summary>
    public string Output { get; init; } = "out";

    /// <summary>Whether what was at the output before is replaced: an old file lies there.</summary>
    public bool Replaces { get; init; }

    /// <summary>Whether the output may hold some whole files after a fault, with which the next run goes on.</summary>
    public bool Grows { get; init; }

    /// <summary>Whether it may end well all the same: what failed was no part of what was asked for.</summary>
    public bool MayGoOn { get; init; }

    /// <summary>Whether it is tried with the long tests only: it takes seconds, or writes as another command does.</summary>
    public bool IsLong { get; init; }

    /// <summary>From one operation that is tried to the next, in the long tests.</summary>
    public int Step { get; init; } = 1;

    /// <summary>Which files must be there in the end; null = all of an undisturbed run, and no other.</summary>
    public Func<string, bool>? Compared { get; init; }

    /// <summary>The commands by name.</summary>
    public static IReadOnlyDictionary<string, WritingCommand> All { get; } = new Dictionary<string, WritingCommand>
    {
        ["data synthesize"] = new("data synthesize -o DIR/out --samples 8 --val-samples 4 --heldout-samples 4 --image-size 32 "
            + "--workers 1", _ => { }),
        ["data inspect"] = new("data inspect DIR/colours/test --sheet DIR/out.html", Split)
        { Output = "out.html", Replaces = true },
        ["tokenizer train"] = new("tokenizer train --captions DIR/captions.txt --vocab-size 540 -o DIR/out",
            folder => File.WriteAllText(folder["captions.txt"], "a red circle\na red square\n")),
        ["preprocess"] = new("preprocess DIR/a.png --size 16 --augment 2 -o DIR/out",
            folder => File.WriteAllBytes(folder["a.png"], ColourPictures.Png(0)))
        { Grows = true },
        ["embed"] = new("embed -m DIR/model --images DIR/colours/test --enable-text --write-batch-size 3 -o DIR/out",
            folder => { Model(folder); ColourPictures.WriteSplit(folder, 6, broken: [1, 4]); })
        { Grows = true },
        ["embed texts"] = new("embed -m DIR/model --texts DIR/captions.txt -o DIR/out",
            folder => { Model(folder); File.WriteAllText(folder["captions.txt"], "red\nblue\n"); })
        { Grows = true, IsLong = true },
        ["index"] = new("index DIR/colours/test --index DIR/out -m DIR/model",
            folder => { Model(folder); ColourPictures.WriteSplit(folder, 6, broken: [1, 4]); })
        { Grows = true },
        ["embed part"] = new("embed -m DIR/model --images DIR/colours/test --write-batch-size 3 --part 1/1 -o DIR/out",
            folder => { Model(folder); ColourPictures.WriteSplit(folder, 6, broken: [1, 4]); })
        { Grows = true },
        ["index part"] = new("index DIR/colours/test --index DIR/out -m DIR/model --part 1/1",
            folder => { Model(folder); ColourPictures.WriteSplit(folder, 6, broken: [1, 4]); })
        { Grows = true, IsLong = true },
        ["search"] = new("search red --index DIR/index -m DIR/model --html DIR/out.html", Index)
        { Output = "out.html", Replaces = true },
        ["eval"] = new("eval -m DIR/model --data DIR/colours/test -o DIR/out.json", folder => { Model(folder); Split(folder); })
        { Output = "out.json", Replaces = true, MayGoOn = true },
        ["eval build"] = new("eval build DIR/r.json -o DIR/out.html", folder => File.WriteAllText(folder["r.json"],
            """{"dataset": "a", "model": "b", "pretrained": "c", "task": "zeroshot_classification", "metrics": {"acc1": 0.5}}"""))
        { Output = "out.html", Replaces = true },
        ["probe"] = new("probe -m DIR/model --dataset DIR/colours -o DIR/out.safetensors",
            folder => { Model(folder); Split(folder); ColourPictures.WriteNamed(folder, "train", 9); })
        { Output = "out.safetensors", Replaces = true },
        ["eval overlap"] = new("eval overlap -m DIR/model --train DIR/colours/test --data DIR/colours/test -o DIR/out.json",
            folder => { Model(folder); Split(folder); })
        { Output = "out.json", Replaces = true },
        ["eval overlap page"] = new("eval overlap -m DIR/model --train DIR/colours/test --data DIR/colours/test "
            + "--html DIR/out.html", folder => { Model(folder); Split(folder); })
        { Output = "out.html", Replaces = true, IsLong = true },
        ["prompts score"] = new("prompts score -m DIR/model --data DIR/colours/test --template {} one-{} -o DIR/out.json",
            folder => { Model(folder); Split(folder); })
        { Output = "out.json", Replaces = true },
        ["zeroshot"] = new("zeroshot -m DIR/model -i DIR/a.png --labels red,blue",
            folder => { Model(folder); File.WriteAllBytes(folder["a.png"], ColourPictures.Png(0)); })
        { Output = "cache", Grows = true, MayGoOn = true },
        ["convert to huggingface"] = new("convert DIR/model DIR/out --to huggingface", Model),
        ["convert to open_clip"] = new("convert DIR/model DIR/out --to open_clip", Model) { IsLong = true },
        ["convert to openai"] = new("convert DIR/model DIR/out --to openai", OpenAiModel),
        ["export onnx"] = new("export onnx -m DIR/model -o DIR/out", Model),
        ["report"] = new("report DIR/run -o DIR/out.html", Run) { Output = "out.html", Replaces = true },
        ["pull"] = new("pull org/tiny --cache-dir DIR/out", Model) { Grows = true, MayGoOn = true, Compared = IsPulled },
        ["train"] = new("train --train-data DIR/corpus/train --model DIR/model.json --vocab-size 540 --batch-size 4 --epochs 2 "
            + "--precision fp32 --workers 1 --logs DIR/out --name run --keep 1 --resume latest", Corpus)
        { Grows = true, MayGoOn = true, Compared = IsWeights },
        ["quickstart"] = new("quickstart --samples 64 --epochs 1 -o DIR/out", _ => { })
        { Grows = true, MayGoOn = true, IsLong = true, Step = 29, Compared = IsCorpus }, // a number format is chosen by speed
    };

    /// <summary>Every command that is tried, and the cache that they share.</summary>
    public static CommandTree Tree(TemporaryFolder folder, Uri? hub)
    {
        var cache = new ClassifierCache(folder["cache"]);
        return new CommandTree("Tests.",
            [new("All",
            [
                QuickstartCommand.Create(), ZeroShotCommand.Create(Load, cache), EmbedCommand.Create(Load), TrainCommand.Create(),
                EvalCommand.Create(Load, cache, new FeatureStore(null)), ProbeCommand.Create(Load, new FeatureStore(null)),
                PromptsCommand.Create(Load, new FeatureStore(null)), ReportCommand.Create(), TokenizerCommand.Create(),
                PullCommand.Create(() => new HubOptions { Endpoint = hub!, CacheFolder = folder["out"] }), DataCommand.Create(),
                PreprocessCommand.Create(), ConvertCommand.Create(), ExportCommand.Create(), IndexCommand.Create(Load),
                SearchCommand.Create(Load),
            ])]);
    }

    private static Clip Load(ModelFiles model, string device, string precision) =>
        new(new ColourEncoder(model.LoadTokenizer()), model);

    private static void Model(TemporaryFolder folder) => TinyModel.Write(folder["model"]);

    private static void OpenAiModel(TemporaryFolder folder) => TinyModel.Write(folder["model"], config: TinyModel.Config with
    {
        QuickGelu = true,
        Vision = TinyModel.Config.Vision with { Width = 64, HeadWidth = 64 },
        Text = TinyModel.Config.Text with { Width = 64, Heads = 1 },
    });

    private static void Index(TemporaryFolder folder)
    {
        Model(folder);
        Split(folder);
        using var clip = Load(ModelFiles.Open(folder["model"]), "cpu", "fp32");
        using var update = IndexUpdate.Begin(folder["index"], [folder["colours/test"]], new DataOptions());
        update.Run(clip, folder["model"]);
    }

    private static void Split(TemporaryFolder folder) => ColourPictures.WriteSplit(folder, 6);

    private static void Run(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder["run"]);
        File.WriteAllText(folder["run/config.json"], "{}");
        File.WriteAllText(folder["run/metrics.jsonl"], "{\"step\":1,\"loss\":2}\n{\"step\":2,\"loss\":1}\n");
    }

    private static void Corpus(TemporaryFolder folder)
    {
        CorpusWriter.Write(folder["corpus"],
            new CorpusOptions { Samples = 8, ValSamples = 4, HeldoutSamples = 4, ImageSize = 32, Workers = 1 });
        File.WriteAllText(folder["model.json"], """
            { "embed_dim": 8,
              "vision_cfg": { "image_size": 16, "layers": 1, "width": 16, "patch_size": 8, "head_width": 8 },
              "text_cfg": { "context_length": 12, "vocab_size": 540, "width": 16, "heads": 2, "layers": 1 } }
            """);
    }

    private static bool IsCorpus(string file) => file.Contains("/corpus/", StringComparison.Ordinal);

    private static bool IsPulled(string file) => file.Contains("/snapshots/", StringComparison.Ordinal);

    private static bool IsWeights(string file) => file.EndsWith("open_clip_model.safetensors", StringComparison.Ordinal);
}
