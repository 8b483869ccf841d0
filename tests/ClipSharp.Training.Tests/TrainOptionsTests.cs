using System.Text.Json.Nodes;

namespace ClipSharp.Training.Tests;

public sealed class TrainOptionsTests
{
    [Theory]
    [InlineData("""{ "batchsize": 8 }""", "members that do not exist: batchsize")]
    [InlineData("""{ "train_data": null }""", "--train-data is missing")]
    [InlineData("""{ "batch_size": 1 }""", "--batch-size 1 is not")]
    [InlineData("""{ "batch_size": 1048577 }""", "--batch-size 1048577 is not")]
    [InlineData("""{ "micro_batch": -1 }""", "--micro-batch -1 is neither")]
    [InlineData("""{ "optimizer_state": "fp8" }""", "--optimizer-state fp8 is not")]
    [InlineData("""{ "text_weights": "fp16" }""", "--text-weights fp16 is not")]
    [InlineData("""{ "text_weights": "bf16-sr", "precision": "fp32" }""", "need a --precision of 16 bits")]
    [InlineData("""{ "lock_image": true }""", "--lock-image needs --pretrained or --pretrained-image")]
    [InlineData("""{ "lock_text": true, "pretrained_image": "m" }""", "--lock-text needs --pretrained: ")]
    [InlineData("""{ "pretrained": "m", "pretrained_image": "m" }""", "two answers to one question")]
    [InlineData("""{ "layer_decay": 0 }""", "--layer-decay 0 is not")]
    [InlineData("""{ "layer_decay": 1.1 }""", "--layer-decay 1.1 is not")]
    [InlineData("""{ "lock_image_unlocked_groups": -1 }""", "unlocked layers are negative")]
    [InlineData("""{ "lock_text_unlocked_layers": -1 }""", "unlocked layers are negative")]
    [InlineData("""{ "siglip": true, "label_smoothing": 0.1 }""", "no meaning with --siglip")]
    [InlineData("""{ "epochs": 0 }""", "--epochs 0 is not")]
    [InlineData("""{ "epochs": 1000001 }""", "--epochs 1000001 is not")]
    [InlineData("""{ "lr": 0 }""", "--lr 0 is not")]
    [InlineData("""{ "lr": 1.5 }""", "--lr 1.5 is not")]
    [InlineData("""{ "wd": -0.1 }""", "--wd -0.1 is not")]
    [InlineData("""{ "beta1": 1 }""", "--beta1 and --beta2 are not")]
    [InlineData("""{ "beta2": 1 }""", "--beta1 and --beta2 are not")]
    [InlineData("""{ "warmup": -1 }""", "--warmup -1 is negative")]
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
    [InlineData("""{ "device": "banana" }""", "--device banana is not")]
    [InlineData("""{ "device": "cuda:-1" }""", "--device cuda:-1 is not")]
    [InlineData("""{ "cache_megabytes": -1 }""", "--cache-megabytes -1 is negative")]
    [InlineData("""{ "seed": -1 }""", "--seed -1 is negative")]
    [InlineData("""{ "keep": -1 }""", "--keep -1 is negative")]
    [InlineData("""{ "log_every_n_steps": 0 }""", "--log-every-n-steps 0 is not")]
    [InlineData("""{ "max_minutes": 0 }""", "--max-minutes 0 is not")]
    [InlineData("""{ "resume": "latest" }""", "--resume latest needs --name")]
    [InlineData("""{ "aug_cfg": { "flp": 0.5 } }""", "members that do not exist: aug_cfg.flp")]
    [InlineData("""{ "caption_cfg": { "choise": "first" } }""", "members that do not exist: caption_cfg.choise")]
    [InlineData("""{ "preprocess_cfg": { "backgroud": "white" } }""", "members that do not exist: preprocess_cfg.backgroud")]
    public void Options_out_of_range_are_named_before_anything_is_read(string recipe, string fault)
    {
        var options = TrainOptions.FromJson(With(recipe), "recipe.json");

        var refused = Assert.Throws<ClipException>(() => options.Validated("recipe.json"));
        Assert.Equal(ClipError.Usage, refused.Kind);
        Assert.Contains(fault, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(';', refused.Message); // this fault and no other
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var refused = Assert.Throws<ClipException>(() => TrainOptions.FromJson(With("""{ "epochs": 0, "lr": 2 }"""), "recipe.json").Validated("recipe.json"));

        Assert.Contains("--epochs 0 is not 1 to 1000000; --lr 2 is not", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "aug_cfg": { "flip": 7 } }""", "recipe.json, aug_cfg")]
    [InlineData("""{ "preprocess_cfg": { "std": [0, 1, 1] } }""", "recipe.json, preprocess_cfg")]
    public void A_setting_of_pictures_that_does_not_hold_is_refused_too(string recipe, string where)
    {
        var refused = Assert.Throws<ClipException>(() => TrainOptions.FromJson(With(recipe), "recipe.json")
            .Validated("recipe.json"));
        Assert.StartsWith(where, refused.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void Clear_parts_lie_on_white_whatever_else_the_preprocessing_says()
    {
        Assert.Equal("white", TrainOptions.FromJson(With("""{ "preprocess_cfg": { "resize_mode": "squash" } }"""), "recipe.json").PreprocessCfg.Background);
        Assert.Equal("black", TrainOptions.FromJson(With("""{ "preprocess_cfg": { "background": "black" } }"""), "recipe.json").PreprocessCfg.Background);
    }

    [Fact]
    public void A_caption_setting_that_does_not_hold_is_refused_too()
    {
        var options = TrainOptions.FromJson(With("""{ "caption_cfg": { "join_prob": 2 } }"""), "recipe.json");

        Assert.Contains("join_prob", Assert.Throws<ClipException>(() => options.Validated("recipe.json")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_type_is_named_by_its_member()
    {
        var refused = Assert.Throws<ClipException>(() => TrainOptions.FromJson(With("""{ "epochs": "ten" }"""), "recipe.json"));

        Assert.Equal(ClipError.Usage, refused.Kind);
        Assert.Contains("recipe.json, epochs", refused.Message, StringComparison.Ordinal);
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

    [Fact]
    public void A_recipe_that_is_not_there_is_refused()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => TrainOptions.ReadJson(folder["recipe.json"])).Kind);
    }

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
