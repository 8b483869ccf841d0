using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.Hub.Cache;
using ClipSharp.Models.Layouts;
using ClipSharp.Training;
using ClipSharp.Training.Memory;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary><c>clipsharp train</c>: flags spelt as open_clip's over a recipe over the defaults, bound to <see
/// cref="TrainOptions"/>.</summary>
internal static class TrainCommand
{
    // One line a flag; its name with underscores is the member of TrainOptions and of recipe files.
    private static readonly Flag[] Flags =
    [
        Flag.Text("--train-data",
            "Shards ({00..19}.tar, a folder, several joined by ::), a CSV/TSV table or a folder of pictures."),
        Flag.Text("--val-data", "Pairs for retrieval during training."),
        Flag.Text("--zeroshot-data", "Labelled pictures for zero-shot during training (CLIP_benchmark's layout)."),
        Flag.Text("--dataset-type", "auto, webdataset, csv, folder or files; of --val-data, too."),
        Flag.Number("--train-num-samples", "Pictures of an epoch, where it shall differ from the data's number."),
        Flag.Text("--csv-img-key", "The table's column with picture paths; usual names are found."),
        Flag.Text("--csv-caption-key", "The table's column with captions; usual names are found."),
        Flag.Text("--csv-separator", "The table's separator; if not given, told by its first line."),
        Flag.Text("--csv-quote", "none where quotes in the table are characters like others."),
        Flag.Text("--image-key", "Endings of pictures in shards, the first that is there: \"jpg;input.png\"."),
        Flag.Text("--text-key", "Endings of the texts beside pictures, the first with a caption: \"txt;caption\"."),
        Flag.Text("--json-text-key", "Members of the .json beside a picture that hold its caption, the first with one."),
        Flag.Switch("--caption-lines", "Each line of a text is a caption; else a text is one."),
        Flag.Switch("--allow-missing-shards", "Go on where shards of a range lack, and count them."),
        Flag.Text("--model", "A preset's name (see docs/training.md) or a model JSON file."),
        Flag.Text("--pretrained", "A model to start from, in any layout, or a run: its architecture, tokenizer and weights."),
        Flag.Text("--pretrained-image",
            "A model or a run whose image tower to start from; the text tower is new, as --model says (LiT)."),
        Flag.Number("--force-image-size", "Side of the pictures in pixels."),
        Flag.Text("--vocab", "Tokenizer: a vocabulary file or folder; without it one is learnt from the captions."),
        Flag.Number("--vocab-size", "Size of a learnt vocabulary."),
        Flag.Number("--batch-size", "Pairs of a step: the contrastive batch."),
        Flag.NumberOr("auto", "--micro-batch",
            "Rows in memory at a time, where fewer than the batch: gradient caching; auto = as many as fit."),
        Flag.Text("--memory-recipe",
            "paper: --grad-checkpointing, --optimizer-state fp16, --text-weights and --precision of 16 bits."),
        Flag.Number("--epochs", "Passes over the data."),
        Flag.Switch("--multi-positive", "Pairs with the same picture or the same text are not each other's negatives."),
        Flag.Switch("--siglip", "SigLIP's sigmoid loss with a learned bias."),
        Flag.Switch("--lock-image", "Train the text tower only (LiT)."),
        Flag.Number("--lock-image-unlocked-groups", "Last layers of a locked image tower that are trained all the same."),
        Flag.Switch("--lock-text", "Train the image tower only."),
        Flag.Number("--lock-text-unlocked-layers", "Last layers of a locked text tower that are trained all the same."),
        Flag.Number("--layer-decay", "By what each layer's rate is multiplied going down from the output; 1 = all alike."),
        Flag.Number("--lr", "Highest learning rate."),
        Flag.Number("--beta1", "Decay of Adam's first moment."),
        Flag.Number("--beta2", "Decay of Adam's second moment (0.98 for a ViT, 0.999 for a ResNet)."),
        Flag.Number("--eps", "Adam's epsilon (1e-6 for a ViT, 1e-8 for a ResNet)."),
        Flag.Number("--wd", "Weight decay of matrices; gains, biases, class token and logit scale have none."),
        Flag.Number("--warmup", "Steps of warm-up (5 % of the run, at most 2,000)."),
        Flag.Number("--grad-clip-norm", "Largest gradient norm."),
        Flag.Number("--label-smoothing", "Share of the target spread over all pairs of a batch."),
        Flag.Number("--logit-scale-max", "Highest logit scale, 1 to 100."),
        Flag.Number("--ema-decay", "Decay a step of averaged weights, which are evaluated and saved."),
        Flag.Text("--precision", "auto, fp32, bf16, fp16 or pure_bf16; loss and logit scale are fp32 always, weights but in pure_bf16."),
        Flag.Switch("--tf32", "Let float32 products on a CUDA device round what they multiply to 10 bits."),
        Flag.Text("--optimizer-state",
            "How Adam's statistics are kept: fp32, bf16, fp16 (a scale a block) or fp16-jukebox (the paper's)."),
        Flag.Text("--text-weights", "How the text tower's matrices are kept: fp32, bf16-sr or fp16-sr (stochastically rounded)."),
        Flag.Switch("--grad-checkpointing", "Compute a tower's parts again on the way back: less memory, a third more time."),
        Flag.Text("--device", "cpu, cuda or cuda:N."),
        Flag.Number("--workers", "Threads that decode and tokenize."),
        Flag.Number("--cache-megabytes", "MiB of decoded pictures to keep in memory."),
        Flag.Number("--max-pixels", SharedOptions.MaxPixelsText),
        Flag.Switch("--skip-read-errors",
            "Go on where a disk fails at a picture, with the next one in its place; else the run ends, saved."),
        Flag.Number("--seed", "Seed of weights, order, captions and augmentation."),
        Flag.Text("--name", "The run's name."),
        Flag.Text("--logs", "Folder of run folders."),
        Flag.Text("--resume", "A checkpoint's folder, or latest: the newest that is whole."),
        Flag.Switch("--allow-change", "Go on although options or data are not those of the checkpoint."),
        Flag.Number("--save-frequency", "Epochs between checkpoints."),
        Flag.Number("--save-every-steps", "Steps between checkpoints, beside those after epochs."),
        Flag.Number("--save-every-minutes", "Minutes between checkpoints, beside those after epochs."),
        Flag.Number("--keep", "Checkpoints to keep; 0 = all."),
        Flag.Number("--val-frequency", "Epochs between retrieval evaluations; 0 = never."),
        Flag.Number("--zeroshot-frequency", "Epochs between zero-shot evaluations; 0 = never."),
        Flag.Number("--log-every-n-steps", "Steps between lines of the log."),
        Flag.Number("--max-minutes", "Minutes of training after which the run ends early, saved; each start has them anew."),
        Flag.Switch("--avoid-duplicates", "Keep pictures with the same first caption out of one batch."),
        Flag.Switch("--shuffle-pairs", "Deal captions out to wrong pictures: the control that must stay at chance."),
        Flag.Settings("--aug-cfg", "Changes of training pictures, as scale=[0.5,1] flip=0.5 color_jitter=[0.3,0.3,0.3,0.05]."),
        Flag.Settings("--caption-cfg", "How captions are drawn, as choice=random keyword_subset_prob=0.5."),
        Flag.Settings("--preprocess-cfg", "How pictures become pixels, as background=white resize_mode=shortest."),
    ];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var recipe = new Option<string>("--recipe")
        {
            Description = "A recipe file: these options as JSON. Flags win over it.",
            HelpName = "file",
        };
        var show = new Option<bool>("--show-options") { Description = "Print the merged options as JSON and stop." };
        var replay = new Option<long?>("--replay")
        {
            Description = "Do this step of the run --name again, show batch and gradients, and write nothing.",
            HelpName = "step",
        };
        var plan = new Option<bool>("--plan")
        {
            Description = "Print where the memory of a step goes, and what each switch would save, and stop.",
        };
        var json = SharedOptions.Json();
        json.Description = "With --plan: print one JSON object.";
        var command = new Command("train", "Train a CLIP from scratch on (image, text) pairs.") { recipe, show, replay, plan,
            json };
        foreach (var flag in Flags)
        {
            command.Add(flag.Option);
        }

        command.SetAction((parsed, cancel) =>
        {
            var output = Output.Of(parsed);
            var options = Merge(parsed, parsed.GetValue(recipe), needsData: !parsed.GetValue(plan));
            if (parsed.GetValue(show))
            {
                output.Line(options.ToJson());
            }
            else if (parsed.GetValue(replay) is { } step)
            {
                Replay(options, step, output, cancel);
            }
            else if (parsed.GetValue(plan))
            {
                MemoryTable.Write(MemoryPlan.Of(options), output, parsed.GetValue(json));
            }
            else
            {
                Run(options, output, cancel);
            }

            return Task.FromResult(0);
        });
        return command
            .WithExample("clipsharp train --train-data shapes/train --caption-lines --val-data shapes/val --model ViT-Tiny-64 --batch-size 256 --epochs 10 --name first")
            .WithExample("clipsharp train --recipe recipes/flickr8k.json --name flickr8k")
            .WithExample("clipsharp train --name flickr8k --resume latest")
            .WithExample("clipsharp train --recipe logs/flickr8k/config.json --replay 1200")
            .WithExample("clipsharp train --model ViT-B-32 --batch-size 4096 --memory-recipe paper --micro-batch auto --plan");
    }

    /// <summary>Trains and shows how it goes.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="output">Where it is shown.</param>
    /// <param name="cancel">Asks it to stop.</param>
    /// <param name="goOn">What to type to go on after a stop, where that is another command's.</param>
    public static TrainingEnd Run(TrainOptions options, Output output, CancellationToken cancel, string goOn = "--resume latest")
    {
        using var view = new TrainingView(output);
        using var stopping = cancel.Register(view.Stopping);
        var evaluation = new TrainingEvaluation(options);
        evaluation.RequireData();
        var end = new TrainingRun(options, view.Show, evaluation.Run, TimeProvider.System).Run(cancel);
        view.Finish(end, goOn);
        return end;
    }

    private static void Replay(TrainOptions options, long step, Output output, CancellationToken cancel)
    {
        ReplayReport report;
        using (var view = new TrainingView(output))
        {
            report = StepReplay.Run(options, step, view.Show, cancel);
        }

        ReplayTable.Print(report, output);
    }

    /// <summary>The flags that decide what a run reads and learns, for whoever looks at it before.</summary>
    public static IEnumerable<Option> Named(params string[] names) =>
        Flags.Select(flag => flag.Option).Where(option => names.Contains(option.Name));

    /// <summary>Flags over a recipe over the defaults.</summary>
    public static TrainOptions Merge(ParseResult parsed, string? recipe, bool needsData)
    {
        var flags = Flags.Where(flag => parsed.CommandResult.Command.Options.Contains(flag.Option)).ToList();
        var merged = recipe is not null ? RecipeFile.Read(recipe) : Resumed(parsed, flags) ?? [];
        if (flags.Any(flag => flag.Option.Name == "--memory-recipe")
            && parsed.GetValue<string>("--memory-recipe") is MemoryRecipe.Paper)
        {
            MemoryRecipe.Clear(merged);
        }

        foreach (var flag in flags)
        {
            flag.Overlay(parsed, merged);
        }

        var options = TrainOptions.FromJson(merged, recipe ?? "flags").Validated(recipe ?? "flags", needsData);
        return GoesOn(options)
            ? options
            : options with { Pretrained = ModelPath(options.Pretrained), PretrainedImage = ModelPath(options.PretrainedImage) };

        // A run that goes on keeps what it began with, whatever lies there today.
        static bool GoesOn(TrainOptions options) => options.Resume is not (null or "latest")
            || (options.Resume is not null
                && Checkpoint.Latest(Path.Combine(options.Logs, options.Name!, "checkpoints")) is not null);

        // The checkpoint itself, so that the run's configuration says which it was.
        static string? ModelPath(string? named) => named is null || HubCache.IsHubName(named) ? named : ModelPlace.Of(named);
    }

    // --resume with nothing to train on: the run's own options are meant.
    private static JsonObject? Resumed(ParseResult parsed, List<Flag> flags)
    {
        if (flags.All(flag => flag.Option.Name != "--resume") || parsed.GetValue<string>("--resume") is not { } resume
            || parsed.GetValue<string>("--train-data") is not null)
        {
            return null;
        }

        var members = RecipeFile.OfResumed(resume, parsed.GetValue<string>("--logs") ?? new TrainOptions().Logs,
            parsed.GetValue<string>("--name"));
        if (members is not null)
        {
            Output.Of(parsed).Note($"Options: those of the run {members["logs"]}/{members["name"]}");
        }

        return members;
    }

    private sealed record Flag(Option Option, Func<ParseResult, JsonNode?> Value)
    {
        public static Flag Text(string name, string description)
        {
            var option = new Option<string>(name) { Description = description, HelpName = "text" };
            return new Flag(option, parsed => parsed.GetValue(option));
        }

        public static Flag Number(string name, string description)
        {
            var option = new Option<double?>(name)
            {
                Description = description,
                HelpName = "n",
                CustomParser = result =>
                {
                    var text = result.Tokens.Single().Value;
                    if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                        && double.IsFinite(number))
                    {
                        return number;
                    }

                    result.AddError($"{name} takes a number, not {text}.");
                    return null;
                },
            };

            // Whole numbers stay whole in JSON: 32.0 is no batch size.
            return new Flag(option, parsed => parsed.GetValue(option) is not { } number ? null
                : number == Math.Floor(number) && Math.Abs(number) < 1e15 ? JsonValue.Create((long)number)
                    : JsonValue.Create(number));
        }

        public static Flag NumberOr(string word, string name, string description)
        {
            var option = new Option<string>(name) { Description = description, HelpName = $"n|{word}" };
            return new Flag(option, parsed => parsed.GetValue(option) is not { } text ? null
                : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                    ? JsonValue.Create(number)
                : JsonValue.Create(text));
        }

        public static Flag Switch(string name, string description)
        {
            var option = new Option<bool>(name) { Description = description };
            return new Flag(option, parsed => parsed.GetResult(option) is { Implicit: false }
                ? JsonValue.Create(parsed.GetValue(option))
                : null);
        }

        public static Flag Settings(string name, string description)
        {
            var option = new Option<string[]>(name)
            {
                Description = description,
                HelpName = "k=v",
                AllowMultipleArgumentsPerToken = true,
            };
            return new Flag(option, parsed => parsed.GetValue(option) is not { Length: > 0 } pairs ? null : Members(name, pairs));
        }

        public void Overlay(ParseResult parsed, JsonObject merged)
        {
            if (Value(parsed) is not { } value)
            {
                return;
            }

            var member = Option.Name.TrimStart('-').Replace('-', '_');
            if (value is JsonObject settings && merged[member] is JsonObject existing)
            {
                foreach (var (key, setting) in settings.ToList())
                {
                    existing[key] = setting?.DeepClone();
                }
            }
            else
            {
                merged[member] = value;
            }
        }

        private static JsonObject Members(string name, string[] pairs)
        {
            var members = new JsonObject();
            foreach (var pair in pairs)
            {
                if (pair.Split('=', 2) is not [var key, var value])
                {
                    throw new ClipException(ClipError.Usage, "A setting has no value", name, pair, "key=value",
                        "Write it as scale=[0.5,1].");
                }

                members[key] = Parse(value);
            }

            return members;
        }

        // A JSON value where it is one, or a list in Python's brackets as open_clip's users write it; else a text:
        // background=white needs no quotes.
        private static JsonNode? Parse(string value)
        {
            try
            {
                return value == "None" ? null : JsonNode.Parse(value is ['(', .. var items, ')'] ? $"[{items}]" : value);
            }
            catch (JsonException)
            {
                return JsonValue.Create(value);
            }
        }
    }
}
