using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Hub.Cache;
using ClipSharp.Models.Layouts;
using ClipSharp.Training;
using ClipSharp.Training.Memory;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary>The flags of training, spelt as open_clip's: over a recipe over the defaults they become <see
/// cref="TrainOptions"/>.</summary>
internal static class TrainFlags
{
    // One line a flag; its name with underscores is the member of TrainOptions and of recipe files.
    private static readonly TrainFlag[] Flags =
    [
        TrainFlag.Text("--train-data",
            "Shards ({00..19}.tar, a folder, several joined by ::), a CSV/TSV table, Parquet files or a folder of pictures."),
        TrainFlag.Text("--val-data", "Pairs for retrieval during training."),
        TrainFlag.Text("--zeroshot-data", "Labelled pictures for zero-shot during training (CLIP_benchmark's layout)."),
        TrainFlag.Text("--eval-data", "Data sets for other tasks during training, as eval takes them; several joined by ::."),
        TrainFlag.Words("--eval-task", "What is measured on --eval-data, as eval's --task; auto: what each set is for."),
        TrainFlag.Text("--dataset-type", "auto, webdataset, csv, parquet, folder or files; of --val-data, too."),
        TrainFlag.Number("--train-num-samples", "Pictures of an epoch, where it shall differ from the data's number."),
        TrainFlag.Switch("--dataset-resampled", "Draw pictures with replacement; else every one comes once a pass."),
        TrainFlag.Text("--train-data-upsampling-factors",
            "How often pictures of each source are drawn beside the others', with --dataset-resampled: 1::2::0.5."),
        TrainFlag.Text("--data-order",
            "global: any picture beside any other; shards: many shards at a time, each from front to back; auto: by the size."),
        TrainFlag.Text("--index-cache", "Folder of what indexing found in shards, for the next start; else the user's cache."),
        TrainFlag.Number("--max-skipped", "Samples that may be left out before the run stops."),
        TrainFlag.Number("--max-skipped-share", "Share of the samples, 0 to 1, that may be left out before the run stops."),
        TrainFlag.Text("--csv-img-key", "The table's column with picture paths, the Parquet file's with pictures; usual names are found."),
        TrainFlag.Text("--csv-caption-key", "The column with captions of a table or a Parquet file; usual names are found."),
        TrainFlag.Text("--csv-separator", "The table's separator; if not given, told by its first line."),
        TrainFlag.Text("--csv-quote", "none where quotes in the table are characters like others."),
        TrainFlag.Text("--image-key", "Endings of pictures in shards, the first that is there: \"jpg;input.png\"."),
        TrainFlag.Text("--text-key", "Endings of the texts beside pictures, the first with a caption: \"txt;caption\"."),
        TrainFlag.Text("--json-text-key", "Members of the .json beside a picture that hold its caption, the first with one."),
        TrainFlag.Numbers("--json-text-key-probs", "How often each of these members gives the caption: 0.7 0.3; else the first."),
        TrainFlag.Switch("--caption-lines", "Each line of a text is a caption; else a text is one."),
        TrainFlag.Switch("--allow-missing-shards", "Go on where shards of a range lack, and count them."),
        TrainFlag.Text("--model", "A preset's name (see docs/training.md) or a model JSON file."),
        TrainFlag.Text("--pretrained",
            "A model to start from, in any layout, or a run: its architecture, tokenizer and weights."),
        TrainFlag.Text("--pretrained-image",
            "A model or a run whose image tower to start from; the text tower is new, as --model says (LiT)."),
        TrainFlag.Extent("--force-image-size", "Pixels a side of the pictures, or height and width."),
        TrainFlag.Text("--vocab", "Tokenizer: a vocabulary file or folder; without it one is learnt from the captions."),
        TrainFlag.Number("--vocab-size", "Size of a learnt vocabulary."),
        TrainFlag.Number("--batch-size", "Pairs of a step: the contrastive batch."),
        TrainFlag.NumberOr("auto", "--micro-batch",
            "Rows in memory at a time, where fewer than the batch: gradient caching; auto = as many as fit."),
        TrainFlag.Text("--memory-recipe",
            "paper: --grad-checkpointing, --optimizer-state fp16, --text-weights and --precision of 16 bits."),
        TrainFlag.Number("--epochs", "Passes over the data."),
        TrainFlag.Switch("--multi-positive", "Pairs with the same picture or the same text are not each other's negatives."),
        TrainFlag.Switch("--siglip", "SigLIP's sigmoid loss with a learned bias."),
        TrainFlag.Switch("--lock-image", "Train the text tower only (LiT)."),
        TrainFlag.Number("--lock-image-unlocked-groups", "Last layers of a locked image tower that are trained all the same."),
        TrainFlag.Switch("--lock-text", "Train the image tower only."),
        TrainFlag.Number("--lock-text-unlocked-layers", "Last layers of a locked text tower that are trained all the same."),
        TrainFlag.Number("--lora-rank",
            "Learn two thin matrices of this rank beside each of the blocks' instead of the model (LoRA); saved models hold the sum."),
        TrainFlag.Number("--lora-alpha", "Their product counts alpha / rank (alpha = 2 rank)."),
        TrainFlag.Number("--layer-decay", "By what each layer's rate is multiplied going down from the output; 1 = all alike."),
        TrainFlag.Number("--lr", "Highest learning rate."),
        TrainFlag.Number("--beta1", "Decay of Adam's first moment."),
        TrainFlag.Number("--beta2", "Decay of Adam's second moment (0.98 for a ViT, 0.999 for a ResNet)."),
        TrainFlag.Number("--eps", "Adam's epsilon (1e-6 for a ViT, 1e-8 for a ResNet)."),
        TrainFlag.Number("--wd", "Weight decay of matrices; gains, biases, class token and logit scale have none."),
        TrainFlag.Number("--warmup", "Steps of warm-up (5 % of the run, at most 2,000)."),
        TrainFlag.Number("--grad-clip-norm", "Largest gradient norm."),
        TrainFlag.Number("--label-smoothing", "Share of the target spread over all pairs of a batch."),
        TrainFlag.Number("--logit-scale-max", "Highest logit scale, 1 to 100."),
        TrainFlag.Number("--ema-decay", "Decay a step of averaged weights, which are evaluated and saved."),
        TrainFlag.Text("--precision",
            "auto, fp32, bf16, fp16 or pure_bf16; loss and logit scale are fp32 always, weights but in pure_bf16."),
        TrainFlag.Switch("--tf32", "Let float32 products on a CUDA device round what they multiply to 10 bits."),
        TrainFlag.Text("--optimizer-state",
            "How Adam's statistics are kept: fp32, bf16, fp16 (a scale a block) or fp16-jukebox (the paper's)."),
        TrainFlag.Text("--text-weights",
            "How the text tower's matrices are kept: fp32, bf16-sr or fp16-sr (stochastically rounded)."),
        TrainFlag.Switch("--shard-optimizer",
            "Each of several processes keeps Adam's statistics of its share of the weights only (ZeRO stage 1)."),
        TrainFlag.Switch("--use-bn-sync", "Batch norm (ResNets) over the rows of all processes; else over each one's own."),
        TrainFlag.Number("--watchdog-minutes",
            "Minutes without a word from other processes after which all are ended; twelve times that while indexing or evaluating."),
        TrainFlag.Switch("--grad-checkpointing",
            "Compute a tower's parts again on the way back: less memory, a third more time."),
        TrainFlag.Text("--device", "cpu, cuda or cuda:N."),
        TrainFlag.Number("--workers", "Threads that decode and tokenize."),
        TrainFlag.Number("--cache-megabytes", "MiB of decoded pictures to keep in memory."),
        TrainFlag.Number("--max-pixels", SharedOptions.MaxPixelsText),
        TrainFlag.Switch("--jpeg-draft", SharedOptions.JpegDraftText),
        TrainFlag.Switch("--skip-read-errors",
            "Go on where a disk fails at a picture, with the next one in its place; else the run ends, saved."),
        TrainFlag.Text("--shard-cache", SharedOptions.ShardCacheText),
        TrainFlag.Number("--shard-cache-gigabytes", SharedOptions.ShardCacheGigabytesText),
        TrainFlag.Number("--seed", "Seed of weights, order, captions and augmentation."),
        TrainFlag.Text("--name", "The run's name."),
        TrainFlag.Text("--logs", "Folder of run folders."),
        TrainFlag.Text("--resume", "A checkpoint's folder, or latest: the newest that is whole."),
        TrainFlag.Switch("--allow-change", "Go on although options or data are not those of the checkpoint."),
        TrainFlag.Number("--save-frequency", "Epochs between checkpoints."),
        TrainFlag.Number("--save-every-steps", "Steps between checkpoints, beside those after epochs."),
        TrainFlag.Number("--save-every-minutes", "Minutes between checkpoints, beside those after epochs."),
        TrainFlag.Number("--keep", "Checkpoints to keep; 0 = all."),
        TrainFlag.Number("--val-frequency", "Epochs between retrieval evaluations; 0 = never."),
        TrainFlag.Number("--zeroshot-frequency", "Epochs between zero-shot evaluations; 0 = never."),
        TrainFlag.Number("--eval-frequency", "Epochs between evaluations on --eval-data; 0 = never."),
        TrainFlag.Number("--eval-steps",
            "Steps between all evaluations, in place of epochs; what has a frequency of 0 stays out. 0 = by epochs."),
        TrainFlag.Text("--best-metric",
            "A value of the evaluations, such as val/acc1: the model with the best one so far is kept as checkpoints/best."),
        TrainFlag.Number("--log-every-n-steps", "Steps between lines of the log."),
        TrainFlag.Number("--max-minutes", "Minutes of training after which the run ends early, saved; each start has them anew."),
        TrainFlag.Switch("--avoid-duplicates", "Keep pictures with the same first caption out of one batch."),
        TrainFlag.Switch("--shuffle-pairs", "Deal captions out to wrong pictures: the control that must stay at chance."),
        TrainFlag.Settings("--aug-cfg",
            "Changes of training pictures, as scale=[0.5,1] flip=0.5 color_jitter=[0.3,0.3,0.3,0.05]."),
        TrainFlag.Settings("--caption-cfg", "How captions are drawn, as choice=random keyword_subset_prob=0.5."),
        TrainFlag.Settings("--preprocess-cfg", "How pictures become pixels, as background=white resize_mode=shortest."),
    ];

    /// <summary>All.</summary>
    public static IEnumerable<Option> Options => Flags.Select(flag => flag.Option);

    /// <summary>The flags that decide what a run reads and learns, for whoever looks at it before.</summary>
    public static IEnumerable<Option> Named(params string[] names) =>
        Options.Where(option => names.Contains(option.Name));

    /// <summary>Flags over a recipe over the defaults.</summary>
    public static TrainOptions Merge(ParseResult parsed, string? recipe, bool needsData)
    {
        var flags = Flags.Where(flag => parsed.CommandResult.Command.Options.Contains(flag.Option)).ToList();
        var merged = recipe is not null ? RecipeFile.Read(recipe) : Resumed(parsed, flags) ?? [];
        if (flags.Any(flag => flag.Option.Name == "--memory-recipe")
            && Spelling.Find<MemoryRecipe>(parsed.GetValue<string>("--memory-recipe")) == MemoryRecipe.Paper)
        {
            PaperRecipe.Clear(merged);
        }

        foreach (var flag in flags)
        {
            flag.Overlay(parsed, merged);
        }

        var options = TrainOptions.FromJson(merged, recipe ?? "flags").Validated(recipe ?? "flags", needsData);
        options = options with { AllowsCommands = AreCommandsTyped(parsed, merged) };
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

    // A command in a recipe, or in the options of a run, would be one of whoever wrote the file.
    private static bool AreCommandsTyped(ParseResult parsed, JsonObject merged) => RecipeFile.Data
        .Where(name => merged[name] is JsonValue value && value.TryGetValue<string>(out var text)
            && text.Contains("pipe:", StringComparison.Ordinal))
        .All(name => parsed.GetResult("--" + name.Replace('_', '-')) is OptionResult { Implicit: false });

    // --resume with nothing to train on: the run's own options are meant.
    private static JsonObject? Resumed(ParseResult parsed, List<TrainFlag> flags)
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
}
