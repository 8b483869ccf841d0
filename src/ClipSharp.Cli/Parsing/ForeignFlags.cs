using System.CommandLine;
using ClipSharp.Cli.Rendering;

namespace ClipSharp.Cli.Parsing;

/// <summary>The options of open_clip (train), CLIP_benchmark (eval) and clip-retrieval (embed) that this program does not have,
/// so that their command lines can be pasted: what changes nothing is left out, what would change the result is refused with what
/// to use instead. docs/differences.md shows the same to people.</summary>
internal static class ForeignFlags
{
    private const int Many = 1000;

    private static readonly ForeignFlag Switch = new(0, Instead: null);
    private static readonly ForeignFlag Setting = new(1, Instead: null);

    private static readonly Dictionary<string, ForeignFlag> Training = new()
    {
        // Its own launchers, its own kernels, its own logs.
        ["--report-to"] = Setting,
        ["--wandb-notes"] = Setting,
        ["--wandb-project-name"] = Setting,
        ["--log-local"] = Switch,
        ["--copy-codebase"] = Switch,
        ["--local-loss"] = Switch,
        ["--gather-with-grad"] = Switch,
        ["--ddp-static-graph"] = Switch,
        ["--no-set-device-rank"] = Switch,
        ["--dist-url"] = Setting,
        ["--dist-backend"] = Setting,
        ["--horovod"] = Switch,
        ["--fsdp"] = Switch,
        ["--loss-dist-impl"] = Setting,
        ["--trace"] = Switch,
        ["--torchscript"] = Switch,
        ["--torchcompile"] = Switch,
        ["--torchcompile-strategy"] = Setting,
        ["--torchcompile-backend"] = Setting,
        ["--torchcompile-mode"] = Setting,
        ["--save-most-recent"] = Switch,
        ["--cache-dir"] = Setting,
        ["--val-num-samples"] = Setting,
        ["--val-retrieval-chunk-size"] = Setting,
        ["--log-metric-every-n-steps"] = Setting,
        ["--train-loss-ema-samples"] = Setting,
        ["--force-custom-text"] = Switch,

        ["--imagenet-val"] = new(1, "--zeroshot-data takes labelled pictures, laid as CLIP_benchmark has them"),
        ["--imagenet-v2"] = new(1, "--zeroshot-data takes labelled pictures, laid as CLIP_benchmark has them"),
        ["--accum-freq"] = new(1, "use --batch-size so many times as large, with --micro-batch", Harmless: "1"),
        ["--opt"] = new(1, "the optimizer is AdamW", Harmless: "adamw"),
        ["--opt-kwargs"] = new(Many, "AdamW has --beta1, --beta2, --eps and --wd"),
        ["--momentum"] = new(1, "AdamW has --beta1 and --beta2"),
        ["--wd-exclude"] = new(Many, "gains, biases, class token and logit scale have no decay, all else has"),
        ["--lr-scheduler"] = new(1, "the rate follows a cosine after --warmup", Harmless: "cosine"),
        ["--skip-scheduler"] = new(0, "the rate follows a cosine after --warmup"),
        ["--epochs-cooldown"] = new(1, "the rate follows a cosine after --warmup"),
        ["--lr-cooldown-end"] = new(1, "the rate follows a cosine after --warmup"),
        ["--lr-cooldown-power"] = new(1, "the rate follows a cosine after --warmup"),
        ["--text-layer-decay"] = new(1, "use --layer-decay, which is for both towers"),
        ["--image-layer-decay"] = new(1, "use --layer-decay, which is for both towers"),
        ["--visual-layer-decay"] = new(1, "use --layer-decay, which is for both towers"),
        ["--lock-image-freeze-bn-stats"] = new(0, "a locked tower has no such switch"),
        ["--lock-text-freeze-layer-norm"] = new(0, "a locked tower has no such switch"),
        ["--image-mean"] = new(Many, "use --preprocess-cfg mean=[0.48,0.46,0.41]"),
        ["--image-std"] = new(Many, "use --preprocess-cfg std=[0.27,0.26,0.28]"),
        ["--image-interpolation"] = new(1, "use --preprocess-cfg interpolation=bicubic"),
        ["--image-resize-mode"] = new(1, "use --preprocess-cfg resize_mode=shortest"),
        ["--force-context-length"] = new(1, "give --model a model JSON with that context_length"),
        ["--force-quick-gelu"] = new(0, "give --model the name with -quickgelu"),
        ["--force-patch-dropout"] = new(1, "give --model a model JSON with that patch_dropout"),
        ["--delete-previous-checkpoint"] = new(0, "use --keep 1"),
        ["--remote-sync"] = new(1, "copy the run's folder by other means"),
        ["--remote-sync-frequency"] = new(1, "copy the run's folder by other means"),
        ["--remote-sync-protocol"] = new(1, "copy the run's folder by other means"),
        ["--coca-caption-loss-weight"] = new(1, "CoCa is not there"),
        ["--coca-contrastive-loss-weight"] = new(1, "CoCa is not there"),
        ["--distill-model"] = new(1, "distillation is not there"),
        ["--distill-pretrained"] = new(1, "distillation is not there"),
        ["--use-bnb-linear"] = new(1, "--precision, --optimizer-state and --text-weights save memory"),
        ["--use-naflex"] = new(0, "pictures are square, of one size"),
        ["--max-image-pixels"] = new(1, "pictures are refused by size when they are decoded"),
        ["--length-bucketing"] = new(0, "batches are drawn at random"),
    };

    private static readonly Dictionary<string, ForeignFlag> Evaluation = new()
    {
        ["--quiet"] = Switch,
        ["--distributed"] = Switch,
        ["--fewshot-epochs"] = new(1, "probes are trained to their end, by L-BFGS"),
        ["--fewshot-lr"] = new(1, "probes are trained to their end, by L-BFGS"),
        ["--normalize"] = Setting,
        ["--dump-classnames"] = Switch,
        ["--dump-templates"] = Switch,
        ["--wds-cache-dir"] = Setting,
        ["--model-cache-dir"] = Setting,

        ["--test-split"] = new(1, "use --split"),
        ["--pretrained"] = new(Many, "--model takes a model's folder, file or hf-hub: name, its weights included"),
        ["--pretrained-model"] = new(Many, "--model takes a model's folder, file or hf-hub: name, its weights included"),
        ["--model-type"] = new(1, "--model sees what the folder or file holds", Harmless: "open_clip"),
        ["--language"] = new(Many, "--classnames and --templates take files in any language", Harmless: "en"),
        ["--no-amp"] = new(0, "use --precision fp32"),
        ["--annotation-file"] = new(1, "captions are read beside the pictures"),
        ["--save-clf"] = new(1, "classifiers are kept in a cache of their own"),
        ["--load-clfs"] = new(Many, "classifiers are kept in a cache of their own"),
    };

    private static readonly Dictionary<string, ForeignFlag> Embedding = new()
    {
        ["--cache-path"] = Setting,
        ["--clip-cache-path"] = Setting,
        ["--num-prepro-workers"] = Setting,
        ["--use-jit"] = Setting,
        ["--enable-wandb"] = Setting,
        ["--wandb-project"] = Setting,
        ["--wds-number-file-per-input-file"] = Setting,

        ["--input-format"] = new(1, "--dataset-type names the kind of data; auto sees it by the name"),
        ["--clip-model"] = new(1, "use --model"),
        ["--mclip-model"] = new(1, "use --model"),
        ["--use-mclip"] = new(1, "use --model", Harmless: "false"),
        ["--enable-image"] = new(1, "--images or --texts says what is encoded", Harmless: "true"),
        ["--enable-metadata"] = new(1, "metadata is not copied", Harmless: "false"),
        ["--wds-image-key"] = new(1, "use --image-key", Harmless: "jpg"),
        ["--wds-caption-key"] = new(1, "use --text-key", Harmless: "txt"),
        ["--output-partition-count"] = new(1, "--write-batch-size sets the items of a file"),
        ["--distribution-strategy"] = new(1, "one process encodes all", Harmless: "sequential"),
    };

    /// <summary>What is known of an option that a command does not have; null for one that no tool has.</summary>
    /// <param name="command">The command.</param>
    /// <param name="name">The option as typed, with dashes or underscores.</param>
    public static ForeignFlag? Find(Command command, string name) => (HelpPage.PathOf(command) switch
    {
        "clipsharp train" => Training,
        "clipsharp eval" => Evaluation,
        "clipsharp embed" => Embedding,
        _ => null,
    })?.GetValueOrDefault(name.Replace('_', '-'));
}
