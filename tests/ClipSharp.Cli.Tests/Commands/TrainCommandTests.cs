using System.Text.Json;
using ClipSharp.Cli.Commands;

namespace ClipSharp.Cli.Tests.Commands;

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

    public void Dispose() => _folder.Dispose();

    private static async Task<string> Options(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var tree = new CommandTree("Tests.", [new("All", [TrainCommand.Create()])]);
        Assert.Equal(0, await CommandLine.Run(tree, ["train", "--train-data", "x", .. arguments, "--show-options"], output, error));
        return output.ToString();
    }
}
