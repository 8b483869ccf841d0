using System.Text.Json;
using ClipSharp.Data.Captions;
using ClipSharp.Torch;
using ClipSharp.Training.Runs;

namespace ClipSharp.Training;

/// <summary>What values the options of training may have, alone and together.</summary>
internal static class OptionRanges
{
    /// <summary>Notes everything that can be known without data.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="faults">Gets them.</param>
    /// <param name="needsData">Whether data must be named.</param>
    public static void Check(TrainOptions options, ConfigFaults faults, bool needsData)
    {
        Known("", options.Unknown);
        Known("aug_cfg.", options.AugCfg.Unknown);
        Known("caption_cfg.", options.CaptionCfg.Unknown);
        Known("preprocess_cfg.", options.PreprocessCfg.Unknown);
        faults.Require(!needsData || !string.IsNullOrWhiteSpace(options.TrainData), "--train-data is missing");

        Number("--batch-size", options.BatchSize, "2 to 1048576", n => n is >= 2 and <= 1 << 20);
        Number("--micro-batch", options.MicroBatch, "1 or more, or auto", n => n >= TrainOptions.AutoMicroBatch);
        Number("--epochs", options.Epochs, "1 to 1000000", n => n is >= 1 and <= 1_000_000);
        Number("--train-num-samples", options.TrainNumSamples, "1 or more", n => n >= 1);
        Number("--max-skipped", options.MaxSkipped, "0 or more", n => n >= 0);
        Number("--max-skipped-share", options.MaxSkippedShare, "0 to 1", n => n is >= 0 and <= 1);
        Number("--watchdog-minutes", options.WatchdogMinutes, "above 0", n => n > 0);
        Number("--lr", options.Lr, "above 0 and at most 1", n => n is > 0 and <= 1);
        Number("--beta1", options.Beta1, "0 to below 1", n => n is >= 0 and < 1);
        Number("--beta2", options.Beta2, "0 to below 1", n => n is >= 0 and < 1);
        Number("--eps", options.Eps, "above 0 and below 1", n => n is > 0 and < 1);
        Number("--wd", options.Wd, "0 to 10", n => n is >= 0 and <= 10);
        Number("--warmup", options.Warmup, "0 or more", n => n >= 0);
        Number("--grad-clip-norm", options.GradClipNorm, "above 0", n => n > 0);
        Number("--layer-decay", options.LayerDecay, "above 0 and at most 1", n => n is > 0 and <= 1);
        Number("--ema-decay", options.EmaDecay, "0 to below 1", n => n is >= 0 and < 1);
        Number("--label-smoothing", options.LabelSmoothing, "0 to below 1", n => n is >= 0 and < 1);
        Number("--logit-scale-max", options.LogitScaleMax, "1 to 100", n => n is >= 1 and <= 100);
        Number("--lock-image-unlocked-groups", options.LockImageUnlockedGroups, "0 or more", n => n >= 0);
        Number("--lock-text-unlocked-layers", options.LockTextUnlockedLayers, "0 or more", n => n >= 0);
        Number("--lora-rank", options.LoraRank, "1 to 1024", n => n is >= 1 and <= 1024);
        Number("--lora-alpha", options.LoraAlpha, "above 0", n => n > 0);
        Number("--workers", options.Workers, "1 to 1024", n => n is >= 1 and <= 1024);
        Number("--cache-megabytes", options.CacheMegabytes, "0 or more", n => n >= 0);
        Number("--max-pixels", options.MaxPixels, "1 or more", n => n >= 1);
        Number("--seed", options.Seed, "0 or more", n => n >= 0);
        Number("--keep", options.Keep, "0 or more", n => n >= 0);
        Number("--save-frequency", options.SaveFrequency, "1 or more", n => n >= 1);
        Number("--save-every-steps", options.SaveEverySteps, "1 or more", n => n >= 1);
        Number("--save-every-minutes", options.SaveEveryMinutes, "above 0", n => n > 0);
        Number("--val-frequency", options.ValFrequency, "0 or more", n => n >= 0);
        Number("--zeroshot-frequency", options.ZeroshotFrequency, "0 or more", n => n >= 0);
        Number("--eval-frequency", options.EvalFrequency, "0 or more", n => n >= 0);
        Number("--eval-steps", options.EvalSteps, "0 or more", n => n >= 0);
        Number("--log-every-n-steps", options.LogEveryNSteps, "1 or more", n => n >= 1);
        Number("--max-minutes", options.MaxMinutes, "above 0", n => n > 0);

        faults.Require(options.TextWeights == TextWeights.Fp32 || options.Precision != NumberFormat.Fp32,
            "--text-weights of 16 bits need a --precision of 16 bits");
        faults.Require(options.Pretrained is null || options.PretrainedImage is null,
            "--pretrained and --pretrained-image are two answers to one question");
        faults.Require(!options.LockImage || (options.Pretrained ?? options.PretrainedImage) is not null,
            "--lock-image needs --pretrained or --pretrained-image: a random tower would stay random");
        faults.Require(!options.LockText || options.Pretrained is not null,
            "--lock-text needs --pretrained: a random tower would stay random");
        faults.Require(options.LoraRank is not null || options.LoraAlpha is null, "--lora-alpha needs --lora-rank");
        CheckLora(options, faults);
        faults.Require(!options.Siglip || options.LabelSmoothing == 0, "--label-smoothing has no meaning with --siglip");
        faults.Require(options.EvalTask is not { Count: > 0 } || options.EvalData is not null,
            "--eval-task needs --eval-data: on what");
        faults.Require(options.Name is null || IsFolderName(options.Name),
            $"--name \"{options.Name}\" is not the name of a folder in --logs");
        faults.Require(options.Resume != "latest" || options.Name is not null, "--resume latest needs --name: which run");

        faults.Require(options.JsonTextKeyProbs is not { Count: > 0 }
            || (options.CaptionCfg.Choice == CaptionChoice.Random && options.CaptionCfg.JoinProb == 0),
            "--json-text-key-probs draws the caption: caption_cfg.choice and join_prob have no say with it");
        faults.Require(options.TrainDataUpsamplingFactors is null || options.DatasetResampled,
            "--train-data-upsampling-factors needs --dataset-resampled: a pass meets every picture once");
        faults.Require(TrainingData.Factors(options.TrainDataUpsamplingFactors) is not null,
            $"--train-data-upsampling-factors {options.TrainDataUpsamplingFactors} is not numbers from 0 with :: between, not all 0");
        faults.Require(!options.DatasetResampled || !options.AvoidDuplicates,
            "--avoid-duplicates has no meaning with --dataset-resampled: pictures themselves come twice");
        Number("--shard-cache-gigabytes", options.ShardCacheGigabytes, "a number above 0", number => number > 0);
        options.DataOptions().Check(faults);
        options.CaptionCfg.Check(faults, "caption_cfg.");
        options.AugCfg.Check(faults, "aug_cfg.");
        options.PreprocessCfg.Check(faults, "preprocess_cfg.");

        // Every number of the options goes through here: one that is not finite is in no range.
        void Number(string flag, double? value, string expected, Func<double, bool> holds)
        {
            if (value is { } number)
            {
                faults.Require(double.IsFinite(number) && holds(number),
                    FormattableString.Invariant($"{flag} {number} is not {expected}"));
            }
        }

        void Known(string within, Dictionary<string, JsonElement>? unknown) => faults.Require(unknown is not { Count: > 0 },
            $"members that do not exist: {string.Join(", ", unknown?.Keys.Select(name => within + name) ?? [])}");
    }

    private static void CheckLora(TrainOptions options, ConfigFaults faults)
    {
        (bool Holds, string Fault)[] rules =
        [
            (options.Pretrained is not null, "needs --pretrained: beside random matrices there is nothing to learn"),
            (options.LockImageUnlockedGroups == 0 && options.LockTextUnlockedLayers == 0,
                "and unlocked layers are two answers to what learns: lock a tower whole, or not"),
            (options.TextWeights == TextWeights.Fp32, "keeps matrices as they are: --text-weights are fp32"),
            (options.Precision != NumberFormat.PureBf16, "keeps matrices as they are: not --precision pure_bf16"),
            (options.EmaDecay == 0, "has no averages: leave out --ema-decay"),
            (!(options.LockImage && options.LockText), "needs a tower that is not locked"),
        ];
        foreach (var (_, fault) in rules.Where(rule => options.LoraRank is not null && !rule.Holds))
        {
            faults.Require(false, $"--lora-rank {fault}");
        }
    }

    private static bool IsFolderName(string name) =>
        !string.IsNullOrWhiteSpace(name) && name is not ("." or "..") && !name.AsSpan().ContainsAny('/', '\\', '\0');
}
