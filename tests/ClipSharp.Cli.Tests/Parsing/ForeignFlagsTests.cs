using System.Text.Json;

namespace ClipSharp.Cli.Tests.Parsing;

public sealed class ForeignFlagsTests
{
    [Fact]
    public async Task A_command_line_of_open_clip_runs_and_one_note_names_what_was_left_out()
    {
        var (code, output, error) = await Run("train", "--save-frequency", "1", "--zeroshot-frequency", "1", "--report-to",
            "tensorboard", "--train_data=shards",
            "--csv-img-key", "filepath", "--warmup", "10000", "--batch-size=128", "--lr=1e-3", "--wd=0.1", "--epochs=30",
            "--workers=8", "--model", "RN50",
            "--local-loss", "--gather-with-grad", "--ddp-static-graph", "--precision", "amp_bf16", "--accum-freq", "1",
            "--show-options");
        Assert.Equal((0, "left out, as it changes nothing here: --report-to tensorboard, --local-loss, --gather-with-grad, --ddp-static-graph, --accum-freq 1 (docs/differences.md)\n"), (code, error));
        using var options = JsonDocument.Parse(output);
        Assert.Equal("shards", options.RootElement.GetProperty("train_data").GetString());
        Assert.Equal("bf16", options.RootElement.GetProperty("precision").GetString());
        Assert.Equal(30, options.RootElement.GetProperty("epochs").GetInt32());
    }

    [Fact]
    public async Task What_would_change_the_result_is_refused_all_at_once_with_what_to_use_instead()
    {
        var (code, _, error) = await Run("train", "--train-data", "x", "--imagenet-val", "/data/imagenet/val", "--accum-freq",
            "4", "--opt", "adamw", "--local-loss");
        Assert.Equal(64, code);
        Assert.Equal("error: --imagenet-val is not an option here: --zeroshot-data takes labelled pictures, laid as CLIP_benchmark has them. "
            + "--accum-freq is not an option here: use --batch-size so many times as large, with --micro-batch.\nhint: clipsharp train --help\n", error);
    }

    [Theory]
    [InlineData("eval --dataset wds/cifar10 --task zeroshot_classification -m none --language de",
        "error: --language is not an option here: --classnames")]
    [InlineData("embed --input_dataset none --output_folder v --enable_text True --model none --num_prepro_workers 4",
        "left out, as it changes nothing here: --num_prepro_workers 4")]
    [InlineData("embed --clip_model ViT-B/32 --images none -o v", "error: --clip_model is not an option here: use --model.")]
    public async Task Other_tools_commands_are_known_too(string line, string expected) =>
        Assert.StartsWith(expected, (await Run(line.Split(' '))).Error, StringComparison.Ordinal);

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.Run(Program.Root(), arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
