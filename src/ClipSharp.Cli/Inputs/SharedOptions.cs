using System.CommandLine;
using ClipSharp.Cli.Rendering;
using ClipSharp.Hub.Cache;
using ClipSharp.Images;
using ClipSharp.Models.Layouts;
using ClipSharp.Training.Runs.Checkpoints;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Inputs;

/// <summary>Options that several commands have: one spelling, one description, one default.</summary>
internal static class SharedOptions
{
    /// <summary>A model, or a run.</summary>
    public static Option<string> Model(bool required = true) =>
        new("--model", "-m")
        {
            Description = "A model: a folder, a file of weights, a run folder for its newest checkpoint, or hf-hub:org/name once pulled.",
            HelpName = "path",
            Required = required,
        };

    /// <summary>Models, or runs.</summary>
    public static Option<string[]> Models() =>
        new("--model", "-m")
        {
            Description = "Models: folders, files of weights, run folders for their newest checkpoint, or hf-hub:org/name once pulled.",
            HelpName = "path",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };

    /// <summary>The path of <c>--model</c>: the one named, the newest checkpoint of the run named, or what was pulled.</summary>
    /// <exception cref="ClipException">It was not pulled.</exception>
    public static string ModelPath(string named, Output output) => ModelPlace.Of(named, output.Note);

    /// <summary>The same for a model that is judged: a run's newest checkpoint that is as it was written, each damaged one
    /// before it told.</summary>
    /// <exception cref="ClipException">It was not pulled, or all checkpoints are damaged.</exception>
    public static string WholeModelPath(string named, Output output, CancellationToken cancel)
    {
        var path = ModelPlace.Of(named);
        return path == named || HubCache.IsHubName(named)
            ? path
            : Checkpoint.LatestWhole(Path.GetDirectoryName(path)!, output.Note, cancel) ?? path;
    }

    /// <summary>Where the engine computes.</summary>
    public static Option<string> Device() =>
        new("--device")
        {
            Description = "Where to compute: cpu, cuda, cuda:0, ...",
            HelpName = "name",
            DefaultValueFactory = _ => "cpu",
        };

    /// <summary>Which of several graphs.</summary>
    public static Option<string?> OnnxFile() => new("--onnx-file")
    {
        Description = "Which ONNX graphs where there are several: fp16, quantized, ... as in vision_model_fp16.onnx, or a file's name. [default: float32]",
        HelpName = "name",
    };

    /// <summary>One JSON object a line instead of text.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print JSON, one object a line, for programs." };

    /// <summary>Texts cleaned as by Hugging Face.</summary>
    public static Option<bool> NoTextRepair() => new("--no-text-repair")
    {
        Description = "Clean texts as Hugging Face's tokenizer does: without repair of mojibake, quotes, HTML references.",
    };

    /// <summary>How many pictures or texts the engine gets at once.</summary>
    public static Option<int> BatchSize(int standard = 32) =>
        new Option<int>("--batch-size", "-b")
        {
            Description = "How many to compute at once.",
            HelpName = "n",
            DefaultValueFactory = _ => standard,
        }
            .AtLeast(1);

    /// <summary>Whose pixels are wanted.</summary>
    public static Option<string?> Compat() => new Option<string?>("--compat")
    {
        Description = "Whose pixels, to the byte: openai (open_clip too), huggingface or clipsharp; else as the model says.",
        HelpName = "name",
    }
        .OneOf(Spelling.Words<Compat>());

    /// <summary>Whether texts that are cut are refused.</summary>
    public static Option<bool> Strict() => new("--strict")
    {
        Description = "Refuse texts that are longer than the model's context, instead of cutting them with a note.",
    };

    /// <summary>Whether pictures are turned upright.</summary>
    public static Option<bool> Exif() =>
        new("--exif") { Description = "Turn pictures as their EXIF orientation says; the references do not." };

    /// <summary>What <c>--max-pixels</c> is.</summary>
    public const string MaxPixelsText =
        "Pixels of the largest picture that is read; each takes 3 bytes of memory in a JPEG, 7 or 8 in others.";

    /// <summary>What <c>--shard-cache</c> is.</summary>
    public const string ShardCacheText =
        "Folder for shards that are fetched or unpacked; several processes may share it. If not given, the user's cache.";

    /// <summary>What <c>--shard-cache-gigabytes</c> is.</summary>
    public const string ShardCacheGigabytesText =
        "GiB of such shards to keep; if not given, 64, but no more than half of what the disk has free.";

    /// <summary>What <c>--jpeg-draft</c> is.</summary>
    public const string JpegDraftText =
        "Decode large JPEGs at 1/2, 1/4 or 1/8 of their size: faster, in less memory, not to the references' bytes.";

    /// <summary>Sentences round a class name.</summary>
    public static Option<string[]> Template() => new("--template")
    {
        Description = "A sentence with {} for the name; several are averaged.",
        HelpName = "text",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [PromptTemplate.Default.Text],
    };

    /// <summary>Sentences of each class's own.</summary>
    public static Option<string?> Prompts() => new("--prompts")
    {
        Description = "A JSON file with a list of sentences for each class name, as CuPL has it, instead of templates.",
        HelpName = "path",
    };

    /// <summary>The seed of everything random.</summary>
    public static Option<long> Seed() =>
        new("--seed") { Description = "Seed of everything random.", HelpName = "n", DefaultValueFactory = _ => 0 };

    /// <summary>Where the result is written.</summary>
    public static Option<string> Output(string description) =>
        new("--output", "-o") { Description = description, HelpName = "path", Required = true };

    /// <summary>Refuses all but these words.</summary>
    public static Option<T> OneOf<T>(this Option<T> option, params string[] words)
    {
        option.CompletionSources.Add(words);
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !words.Contains(token.Value)))
            {
                result.AddError($"{option.Name} is {string.Join(", ", words[..^1])} or {words[^1]}, not {token.Value}.");
            }
        });
        return option;
    }

    /// <summary>Refuses smaller numbers.</summary>
    public static Option<T> AtLeast<T>(this Option<T> option, int least)
    {
        option.Validators.Add(result =>
        {
            // A text that is no number has its own message.
            if (result.Tokens is [var token] && int.TryParse(token.Value, out var number) && number < least)
            {
                result.AddError($"{option.Name} must be {least} or more.");
            }
        });
        return option;
    }
}
