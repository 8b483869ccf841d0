using System.Text.Json.Nodes;
using ClipSharp.Images;

namespace ClipSharp.Training.Tests;

public sealed class TrainOptionsTests
{
    [Theory]
    [InlineData("""{ "batchsize": 8 }""", "members that do not exist: batchsize")]
    [InlineData("""{ "train_data": null }""", "--train-data is missing")]
    [InlineData("""{ "batch_size": 1 }""", "--batch-size 1 is not")]
    [InlineData("""{ "batch_size": 1048577 }""", "--batch-size 1048577 is not")]
    [InlineData("""{ "micro_batch": -1 }""", "--micro-batch -1 is not")]
    [InlineData("""{ "optimizer_state": "fp8" }""", "--optimizer-state fp8 is not")]
    [InlineData("""{ "text_weights": "fp16" }""", "--text-weights fp16 is not")]
    [InlineData("""{ "text_weights": "bf16-sr", "precision": "fp32" }""", "need a --precision of 16 bits")]
    [InlineData("""{ "lock_image": true }""", "--lock-image needs --pretrained or --pretrained-image")]
    [InlineData("""{ "lock_text": true, "pretrained_image": "m" }""", "--lock-text needs --pretrained: ")]
    [InlineData("""{ "pretrained": "m", "pretrained_image": "m" }""", "two answers to one question")]
    [InlineData("""{ "lora_rank": 0, "pretrained": "m" }""", "--lora-rank 0 is not 1 to 1024")]
    [InlineData("""{ "lora_rank": 4, "lora_alpha": 0, "pretrained": "m" }""", "--lora-alpha 0 is not above 0")]
    [InlineData("""{ "lora_alpha": 4, "pretrained": "m" }""", "--lora-alpha needs --lora-rank")]
    [InlineData("""{ "lora_rank": 4 }""", "--lora-rank needs --pretrained")]
    [InlineData("""{ "lora_rank": 4, "pretrained": "m", "lock_text": true, "lock_text_unlocked_layers": 1 }""", "two answers to what learns")]
    [InlineData("""{ "lora_rank": 4, "pretrained": "m", "lock_text": true, "lock_image": true }""", "needs a tower that is not locked")]
    [InlineData("""{ "lora_rank": 4, "pretrained": "m", "ema_decay": 0.9 }""", "--lora-rank has no averages")]
    [InlineData("""{ "lora_rank": 4, "pretrained": "m", "text_weights": "bf16-sr", "precision": "bf16" }""", "--text-weights are fp32")]
    [InlineData("""{ "lora_rank": 4, "pretrained": "m", "precision": "pure_bf16" }""", "not --precision pure_bf16")]
    [InlineData("""{ "force_image_size": [64] }""", "--force-image-size [64] is not a whole number, or [height, width]")]
    [InlineData("""{ "force_image_size": [64, 64, 64] }""", "--force-image-size [64,64,64] is not a whole number")]
    [InlineData("""{ "force_image_size": "64" }""", "--force-image-size 64 is not a whole number")]
    [InlineData("""{ "layer_decay": 0 }""", "--layer-decay 0 is not")]
    [InlineData("""{ "layer_decay": 1.1 }""", "--layer-decay 1.1 is not")]
    [InlineData("""{ "lock_image_unlocked_groups": -1 }""", "-1 is not 0 or more")]
    [InlineData("""{ "lock_text_unlocked_layers": -1 }""", "-1 is not 0 or more")]
    [InlineData("""{ "siglip": true, "label_smoothing": 0.1 }""", "no meaning with --siglip")]
    [InlineData("""{ "epochs": 0 }""", "--epochs 0 is not")]
    [InlineData("""{ "epochs": 1000001 }""", "--epochs 1000001 is not")]
    [InlineData("""{ "lr": 0 }""", "--lr 0 is not")]
    [InlineData("""{ "lr": 1.5 }""", "--lr 1.5 is not")]
    [InlineData("""{ "wd": -0.1 }""", "--wd -0.1 is not")]
    [InlineData("""{ "beta1": 1 }""", "is not 0 to below 1")]
    [InlineData("""{ "beta2": 1 }""", "is not 0 to below 1")]
    [InlineData("""{ "warmup": -1 }""", "--warmup -1 is not")]
    [InlineData("""{ "grad_clip_norm": 0 }""", "--grad-clip-norm 0 is not")]
    [InlineData("""{ "workers": 0 }""", "--workers 0 is not")]
    [InlineData("""{ "save_frequency": 0 }""", "--save-frequency 0 is not")]
    [InlineData("""{ "save_every_steps": 0 }""", "--save-every-steps 0 is not")]
    [InlineData("""{ "save_every_minutes": 0 }""", "--save-every-minutes 0 is not")]
    [InlineData("""{ "ema_decay": 1 }""", "--ema-decay 1 is not")]
    [InlineData("""{ "label_smoothing": 1 }""", "--label-smoothing 1 is not")]
    [InlineData("""{ "logit_scale_max": 101 }""", "--logit-scale-max 101 is not")]
    [InlineData("""{ "eps": 0 }""", "--eps 0 is not")]
    [InlineData("""{ "train_num_samples": -5 }""", "--train-num-samples -5 is not")]
    [InlineData("""{ "max_skipped": -1 }""", "--max-skipped -1 is not")]
    [InlineData("""{ "max_skipped_share": 1.1 }""", "--max-skipped-share 1.1 is not")]
    [InlineData("""{ "data_order": "lanes" }""", "--data-order lanes is not auto, global or shards")]
    [InlineData("""{ "train_data_upsampling_factors": "1::2" }""", "--train-data-upsampling-factors needs --dataset-resampled")]
    [InlineData("""{ "dataset_resampled": true, "train_data_upsampling_factors": "1::two" }""",
        "--train-data-upsampling-factors 1::two is not numbers from 0")]
    [InlineData("""{ "dataset_resampled": true, "train_data_upsampling_factors": "0::0" }""", "is not numbers from 0")]
    [InlineData("""{ "dataset_resampled": true, "avoid_duplicates": true }""", "--avoid-duplicates has no meaning")]
    [InlineData("""{ "device": "banana" }""", "--device banana is not")]
    [InlineData("""{ "device": "cuda:-1" }""", "--device cuda:-1 is not")]
    [InlineData("""{ "cache_megabytes": -1 }""", "--cache-megabytes -1 is not")]
    [InlineData("""{ "seed": -1 }""", "--seed -1 is not")]
    [InlineData("""{ "keep": -1 }""", "--keep -1 is not")]
    [InlineData("""{ "log_every_n_steps": 0 }""", "--log-every-n-steps 0 is not")]
    [InlineData("""{ "max_minutes": 0 }""", "--max-minutes 0 is not")]
    [InlineData("""{ "max_minutes": 1e999 }""", "--max-minutes Infinity is not")]
    [InlineData("""{ "save_every_minutes": 1e999 }""", "--save-every-minutes Infinity is not")]
    [InlineData("""{ "grad_clip_norm": 1e999 }""", "--grad-clip-norm Infinity is not")]
    [InlineData("""{ "aug_cfg": { "flip": 1e999 } }""", "aug_cfg.flip = \"Infinity\" (expected a probability, 0 to 1)")]
    [InlineData("""{ "resume": "latest" }""", "--resume latest needs --name")]
    [InlineData("""{ "aug_cfg": { "flp": 0.5 } }""", "members that do not exist: aug_cfg.flp")]
    [InlineData("""{ "caption_cfg": { "choise": "first" } }""", "members that do not exist: caption_cfg.choise")]
    [InlineData("""{ "preprocess_cfg": { "backgroud": "white" } }""", "members that do not exist: preprocess_cfg.backgroud")]
    public void Options_out_of_range_are_named_before_anything_is_read(string recipe, string fault)
    {
        var refused = Refused(recipe);
        Assert.Equal(ClipError.Usage, refused.Kind);
        Assert.Contains(fault, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(';', refused.Message); // this fault and no other
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var refused = Refused("""
            { "epochs": 0, "lr": 2, "wd": "much", "optimizer_state": "fp8", "aug_cfg": { "flip": 7 }, "caption_cfg": { "join_prob": 2 } }
            """);

        string[] faults = ["--wd much is not a number", "--optimizer-state fp8 is not fp32, bf16, fp16 or fp16-jukebox",
            "--epochs 0 is not 1 to 1000000", "--lr 2 is not above 0 and at most 1", "aug_cfg.flip = ",
            "caption_cfg.join_prob = 2 (expected 0 to 1)"];
        Assert.All(faults, fault => Assert.Contains(fault, refused.Message, StringComparison.Ordinal));
        Assert.Equal(faults.Length - 1, refused.Message.Count(c => c == ';'));
    }

    [Theory]
    [InlineData("""{ "aug_cfg": { "flip": 7 } }""", "aug_cfg.flip = 7 (expected")]
    [InlineData("""{ "aug_cfg": { "flip": "NaN" } }""", "aug_cfg.flip = \"NaN\" (expected")]
    [InlineData("""{ "preprocess_cfg": { "std": [0, 1, 1] } }""", "preprocess_cfg.std = 0, 1, 1 (expected")]
    public void A_setting_of_pictures_that_does_not_hold_is_refused_too(string recipe, string fault)
    {
        var refused = Refused(recipe);
        Assert.StartsWith("recipe.json", refused.Where, StringComparison.Ordinal);
        Assert.Contains(fault, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "epochs": "ten" }""", "--epochs ten is not a whole number")]
    [InlineData("""{ "lr": null }""", "--lr null is not a number")]
    [InlineData("""{ "aug_cfg": null }""", "--aug-cfg null is not a value of its kind")]
    [InlineData("""{ "aug_cfg": { "flip": [] } }""", "--aug-cfg {\"flip\":[]}, aug_cfg.flip, is not a number")]
    [InlineData("""{ "micro_batch": "some" }""", "--micro-batch some is not a whole number or auto")]
    [InlineData("""{ "precision": 2 }""", "--precision 2 is not auto, fp32, bf16, fp16 or pure_bf16")]
    [InlineData("""{ "precision": "float" }""", "--precision float is not auto, fp32, bf16, fp16 or pure_bf16")]
    [InlineData("""{ "optimizer_state": 2 }""", "--optimizer-state 2 is not fp32, bf16, fp16 or fp16-jukebox")]
    [InlineData("""{ "text_weights": "fp16" }""", "--text-weights fp16 is not fp32, bf16-sr or fp16-sr")]
    [InlineData("""{ "device": "gpu" }""", "--device gpu is not cpu, cuda or cuda:N")]
    public void A_value_of_another_kind_is_named_with_its_option(string recipe, string fault)
    {
        var refused = Refused(recipe);

        Assert.Equal(ClipError.Usage, refused.Kind);
        Assert.Contains($"found {fault},", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choices_are_spelt_in_json_as_on_the_command_line()
    {
        foreach (var precision in (string[])["auto", "fp32", "bf16", "fp16", "pure_bf16"])
        {
            AssertKept("precision", precision);
        }

        foreach (var state in (string[])["fp32", "bf16", "fp16", "fp16-jukebox"])
        {
            AssertKept("optimizer_state", state);
        }

        foreach (var (name, value) in ((string, string)[])[("text_weights", "fp32"), ("text_weights", "bf16-sr"),
            ("text_weights", "fp16-sr"), ("device", "cpu"), ("device", "cuda:0"), ("device", "cuda:3")])
        {
            AssertKept(name, value);
        }

        static void AssertKept(string name, string value) => Assert.Equal(value, JsonNode.Parse(
            TrainOptions.FromJson(new JsonObject { [name] = value }, "test").ToJson())![name]!.GetValue<string>());
    }

    [Fact]
    public void The_first_cuda_device_has_one_name() =>
        Assert.Equal(TrainOptions.FromJson(new JsonObject { ["device"] = "cuda:0" }, "test").Device,
            TrainOptions.FromJson(new JsonObject { ["device"] = "cuda" }, "test").Device);

    [Fact]
    public void Clear_parts_lie_on_white_whatever_else_the_preprocessing_says()
    {
        Assert.Equal(Background.White, TrainOptions.FromJson(With("""{ "preprocess_cfg": { "resize_mode": "squash" } }"""), "recipe.json").PreprocessCfg.Background);
        Assert.Equal(Background.Black, TrainOptions.FromJson(With("""{ "preprocess_cfg": { "background": "black" } }"""), "recipe.json").PreprocessCfg.Background);
    }

    [Fact]
    public void Settings_of_pictures_and_captions_are_told_all_at_once()
    {
        var refused = Refused("""
            { "aug_cfg": { "flip": 7, "background": "pink" }, "caption_cfg": { "join_prob": 2, "template_prob": -1 },
              "preprocess_cfg": { "resize_mode": "stretch", "background": "random", "std": [0, 1, 1] } }
            """);

        string[] faults = ["caption_cfg.template_prob = -1 (expected 0 to 1)", "caption_cfg.join_prob = 2 (expected 0 to 1)",
            "aug_cfg.background = pink (expected drop, white, black or random)", "aug_cfg.flip = 7 (expected a probability, 0 to 1)",
            "preprocess_cfg.std = 0, 1, 1 (expected three above 0)",
            "preprocess_cfg.resize_mode = stretch (expected shortest, longest or squash)",
            "preprocess_cfg.background = random (expected drop, white or black)"];
        Assert.All(faults, fault => Assert.Contains(fault, refused.Message, StringComparison.Ordinal));
        Assert.Equal(faults.Length - 1, refused.Message.Count(c => c == ';'));
    }

    [Fact]
    public void A_caption_setting_that_does_not_hold_is_refused_too()
    {
        Assert.Contains("join_prob", Refused("""{ "caption_cfg": { "join_prob": 2 } }""").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{ "lr": 1, "lr": 2 }""")]
    public void A_recipe_that_is_no_object_is_refused(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["recipe.json"], text);

        Assert.Equal(ClipError.Data, Assert.Throws<ClipException>(() => TrainOptions.ReadJson(folder["recipe.json"])).Kind);
    }

    [Theory]
    [InlineData("""{ "json_text_key": "a;b", "json_text_key_probs": [1] }""", "probs = 1 (expected a share from 0 for each of the 2")]
    [InlineData("""{ "json_text_key_probs": [1] }""", "each of the 0 members")]
    [InlineData("""{ "json_text_key": "a", "json_text_key_probs": [1], "caption_cfg": { "choice": "cycle" } }""", "have no say")]
    public void Shares_of_members_fit_the_members_and_leave_the_choice_to_nobody_else(string recipe, string message) =>
        Assert.Contains(message, Refused(recipe).Message, StringComparison.Ordinal);

    [Fact]
    public void A_recipe_that_is_not_there_is_refused()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => TrainOptions.ReadJson(folder["recipe.json"])).Kind);
    }

    private static ClipException Refused(string recipe) => Assert.Throws<ClipException>(
        () => TrainOptions.FromJson(With(recipe), "recipe.json").Validated("recipe.json"));

    private static JsonObject With(string recipe)
    {
        var members = JsonNode.Parse(recipe)!.AsObject();
        if (!members.ContainsKey("train_data"))
        {
            members["train_data"] = "shards";
        }

        return members;
    }
}
