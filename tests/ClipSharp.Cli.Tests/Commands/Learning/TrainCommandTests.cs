using System.Text.Json;
using ClipSharp.Cli.Commands.Learning;
using ClipSharp.Shapes;

namespace ClipSharp.Cli.Tests.Commands.Learning;

public sealed class TrainCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("--pretrained", "pretrained")]
    [InlineData("--pretrained-image", "pretrained_image")]
    public async Task A_run_to_start_from_means_its_newest_checkpoint(string flag, string member)
    {
        foreach (var step in (int[])[3, 12])
        {
            Directory.CreateDirectory(_folder[$"run/checkpoints/step_{step}/training"]);
            File.WriteAllText(_folder[$"run/checkpoints/step_{step}/training/state.json"],
                $$"""{"step":{{step}},"data":"","tokenizer":"","seconds":1,"options":{} }""");
        }

        using var options = JsonDocument.Parse(await Options(flag, _folder["run"]));
        Assert.Equal(_folder["run/checkpoints/step_12"], options.RootElement.GetProperty(member).GetString());

        using var named = JsonDocument.Parse(await Options(flag, "hf-hub:org/name"));
        Assert.Equal("hf-hub:org/name", named.RootElement.GetProperty(member).GetString());
    }

    [Fact]
    public async Task A_flag_wins_over_the_recipe_when_it_says_no_too()
    {
        var recipe = _folder["recipe.json"];
        File.WriteAllText(recipe, """{ "multi_positive": true, "siglip": true }""");

        using var options = JsonDocument.Parse(await Options("--recipe", recipe, "--multi-positive", "false"));

        Assert.False(options.RootElement.GetProperty("multi_positive").GetBoolean());
        Assert.True(options.RootElement.GetProperty("siglip").GetBoolean());
    }

    [Fact]
    public async Task A_list_may_stand_in_round_brackets_as_open_clip_has_it()
    {
        using var options = JsonDocument.Parse(await Options("--aug-cfg", "scale=(0.4, 1)", "color_jitter=None", "flip=0.5"));

        var settings = options.RootElement.GetProperty("aug_cfg");
        Assert.Equal([0.4, 1], settings.GetProperty("scale").EnumerateArray().Select(value => value.GetDouble()));
        Assert.Equal(JsonValueKind.Null, settings.GetProperty("color_jitter").ValueKind);
        Assert.Equal(0.5, settings.GetProperty("flip").GetDouble());
    }

    [Theory]
    [InlineData("64", "64")]
    [InlineData("[64,96]", "64", "96")]
    public async Task A_size_is_one_number_or_height_and_width_as_with_open_clip(string expected, params string[] typed)
    {
        using var options = JsonDocument.Parse(await Options(["--force-image-size", .. typed, "--epochs", "9"]));
        Assert.Equal(expected, JsonSerializer.Serialize(options.RootElement.GetProperty("force_image_size")));
        Assert.Equal(9, options.RootElement.GetProperty("epochs").GetInt32());
    }

    [Theory]
    [InlineData(64, "There is no such model (ViT-B-23)", "--model", "ViT-B-23")]
    [InlineData(64, "--epochs 0 is not 1 to 1000000", "--epochs", "0")]
    [InlineData(64, "--device tpu is not cpu, cuda or cuda:N", "--device", "tpu")]
    [InlineData(69, "The device is not there (--device)", "--device", "cuda:77")]
    [InlineData(64, "--name \"\" is not the name of a folder in --logs", "--name", "")]
    [InlineData(64, "--name \"a/b\" is not the name of a folder in --logs", "--name", "a/b")]
    [InlineData(64, "--name \"..\" is not the name of a folder in --logs", "--name", "..")]
    [InlineData(66, "No checkpoint to resume (DIR/none): found nothing there", "--resume", "DIR/none")]
    [InlineData(66, "The vocabulary does not exist", "--vocab", "DIR/none")]
    [InlineData(66, "The model", "--pretrained", "DIR/none")]
    [InlineData(66, "Data not found (DIR/none)", "--train-data", "DIR/none")]
    [InlineData(66, "Data not found (DIR/none)", "--val-data", "DIR/none")]
    [InlineData(65, "DIR/pictures", "--train-data", "DIR/pictures")]
    [InlineData(66, "found splits: heldout, train, val, expected one split. Name it: DIR/corpus/heldout.", "--train-data",
        "DIR/corpus")]
    [InlineData(64, "The training options do not hold (flags): found --epochs 2.5 is not a whole number, expected", "--epochs",
        "2.5")]
    [InlineData(64, "--aug-cfg", "--aug-cfg", "flip=much")]
    [InlineData(64, "--force-image-size takes a whole number, or two, height and width, not wide", "--force-image-size", "wide")]
    [InlineData(78, "found vision_cfg.image_size = 0 (expected 8 to 8192)", "--force-image-size", "0", "64")]
    [InlineData(78, "image_size = 64x96 is no square, which a ResNet's pictures are", "--model", "RN-Tiny-64", "--force-image-size",
        "64", "96")]
    [InlineData(64, "aug_cfg.flip = \"NaN\" (expected a probability, 0 to 1)", "--aug-cfg", "flip=NaN")]
    [InlineData(64, "--precision fp8 is not auto, fp32, bf16, fp16 or pure_bf16; --device gpu is not cpu, cuda or cuda:N; --lr 7 is not",
        "--precision", "fp8", "--device", "gpu", "--lr", "7")]
    [InlineData(69, "The device is not there (--device): found cuda:99", "--device", "cuda:99")]
    [InlineData(64, "--lr fast is not a number", "--recipe", "DIR/recipe.json")]
    [InlineData(73, "The run folder cannot be written (DIR/file/first)", "--name", "first", "--logs", "DIR/file")]
    public async Task A_refused_run_leaves_nothing_behind(int expected, string message, params string[] arguments)
    {
        CorpusWriter.Write(_folder["corpus"],
            new CorpusOptions { Samples = 12, ValSamples = 4, HeldoutSamples = 4, ImageSize = 32, Workers = 1 });
        Directory.CreateDirectory(_folder["pictures"]);
        File.WriteAllBytes(_folder["pictures/red.png"], ColourPictures.Png(0)); // without a caption
        File.WriteAllText(_folder["recipe.json"], """{ "lr": "fast" }""");
        File.WriteAllText(_folder["file"], "");
        string[] all = [.. arguments.Select(argument => argument.Replace("DIR", _folder.Path, StringComparison.Ordinal))];
        string[] data = arguments.Contains("--train-data") ? [] : ["--train-data", _folder["corpus/train"]];

        var (code, _, error) = await Run([.. data, .. all, "--batch-size", "4",
            .. arguments.Contains("--logs") ? Array.Empty<string>() : ["--logs", _folder["new/logs"]]]);

        Assert.Contains(message, error.Replace(_folder.Path, "DIR", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(expected, code);
        Assert.False(Directory.Exists(_folder["new"]), error);
    }

    [Fact]
    public async Task A_recipe_means_the_same_from_anywhere()
    {
        Directory.CreateDirectory(_folder["clone/recipes/models"]);
        Directory.CreateDirectory(_folder["data/shards"]);
        File.WriteAllText(_folder["clone/recipes/models/small.json"], "{}");
        File.WriteAllText(_folder["clone/recipes/one.json"], """{ "train_data": "../data/shards", "model": "recipes/models/small.json", "val_data": "nowhere/val" }""");

        var (code, output, error) = await Run("--recipe", _folder["clone/recipes/one.json"], "--show-options");

        Assert.True(code == 0, error);
        using var options = JsonDocument.Parse(output);
        Assert.Equal(_folder["data/shards"], options.RootElement.GetProperty("train_data").GetString());
        Assert.Equal(_folder["clone/recipes/models/small.json"], options.RootElement.GetProperty("model").GetString());
        Assert.Equal("nowhere/val", options.RootElement.GetProperty("val_data").GetString());
    }

    [Fact]
    public async Task A_run_goes_on_with_its_own_options()
    {
        Directory.CreateDirectory(_folder["logs/first/checkpoints/epoch_1"]);
        File.WriteAllText(_folder["logs/first/config.json"], """{ "train_data": "shards", "epochs": 7, "lr": 0.01, "name": "first", "logs": "elsewhere" }""");

        foreach (var arguments in (string[][])[["--name", "first", "--resume", "latest"], ["--resume", "latest"],
            ["--resume", _folder["logs/first/checkpoints/epoch_1"]]])
        {
            var (code, output, error) = await Run([.. arguments, "--logs", _folder["logs"], "--epochs", "9", "--show-options"]);
            Assert.True(code == 0, error);
            Assert.Equal($"Options: those of the run {_folder["logs"]}/first\n", error);
            using var options = JsonDocument.Parse(output);
            Assert.Equal(("shards", 9, "first"),
                (options.RootElement.GetProperty("train_data").GetString(), options.RootElement.GetProperty("epochs").GetInt32(),
                options.RootElement.GetProperty("name").GetString()));
            Assert.Equal(0.01, options.RootElement.GetProperty("lr").GetDouble());
        }

        Directory.CreateDirectory(_folder["logs/second"]);
        File.WriteAllText(_folder["logs/second/config.json"], "{}");
        var (refused, _, which) = await Run("--resume", "latest", "--logs", _folder["logs"]);
        Assert.Equal(64, refused);
        Assert.Contains("found first, second, expected one run. Name it with --name.", which, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_that_is_larger_than_the_data_is_told()
    {
        CorpusWriter.Write(_folder["corpus"],
            new CorpusOptions { Samples = 12, ValSamples = 4, HeldoutSamples = 4, ImageSize = 32, Workers = 1 });
        var (code, _, error) = await Run("--train-data", _folder["corpus/train"], "--batch-size", "16", "--epochs", "1",
            "--vocab-size", "540", "--logs", _folder["logs"]);
        Assert.True(code == 0, error);
        Assert.Contains("A batch of 16 holds some of the 12 pictures more than once, as each other's negatives; lower --batch-size.", error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<string> Options(params string[] arguments)
    {
        var (code, output, error) = await Run(["--train-data", "x", .. arguments, "--show-options"]);
        Assert.True(code == 0, error);
        return output;
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var tree = new CommandTree("Tests.", [new("All", [TrainCommand.Create()])]);
        var code = await CommandLine.Run(tree, ["train", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
