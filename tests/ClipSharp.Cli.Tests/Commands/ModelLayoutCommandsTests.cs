using System.Text.Json;
using ClipSharp.Cli.Commands.Exchange;
using ClipSharp.Models;

namespace ClipSharp.Cli.Tests.Commands;

public sealed class ModelLayoutCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Convert_proves_that_the_features_stay()
    {
        Assert.Equal(0, await Run("convert", SharedFiles.Fixture("vit-tiny/openai_jit.pt"), _folder["hf"], "--to",
            "huggingface"));
        Assert.Contains("251,649 parameters: openai to huggingface", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("image 0.0e+0, text 0.0e+0", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("cleaned in Hugging Face's way, not in OpenAI's", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("no file says how pictures are made", _error.ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["hf/model.safetensors"]));
    }

    [Fact]
    public async Task Half_precision_shows_in_the_proof()
    {
        TinyModel.Write(_folder["model"]);
        Assert.Equal(0, await Run("convert", _folder["model"], _folder["half"], "--to", "open_clip", "--dtype", "bf16"));
        Assert.DoesNotContain("cleaned", _error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("image 0.0e+0", _output.ToString(), StringComparison.Ordinal);
        Assert.Matches("image [1-9].[0-9]e-[0-9], text [1-9].[0-9]e-[0-9]", _output.ToString());
    }

    [Fact]
    public async Task Heads_have_to_be_told()
    {
        var model = TinyModel.Write(_folder["model"], config: TinyModel.WithHeads(80));
        TinyModel.WriteBare(model, _folder["bare.safetensors"]);
        Assert.Equal(78, await Run("convert", _folder["bare.safetensors"], _folder["x"], "--to", "huggingface",
            "--no-quick-gelu"));
        Assert.Contains("how many attention heads", _error.ToString(), StringComparison.Ordinal);
        File.WriteAllText(_folder["told.json"], model.Config.ToJson());
        Assert.Equal(0, await Run("convert", _folder["bare.safetensors"], _folder["x"], "--to", "huggingface", "--model-config",
            _folder["told.json"]));
        Assert.Contains("\"num_attention_heads\": 2", File.ReadAllText(_folder["x/config.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_activation_has_to_be_told_once_and_not_twice()
    {
        var weights = _folder["tiny64.safetensors"];
        TinyModel.WriteBare(TinyModel.Write(_folder["tiny64"], config: ModelPresets.Find("ViT-Tiny-64")), weights);
        Assert.Equal(78, await Run("convert", weights, _folder["x"], "--to", "open_clip"));
        Assert.Contains("--no-quick-gelu", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("shapes of ViT-Tiny-64", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(64, await Run("convert", weights, _folder["x"], "--to", "open_clip", "--quick-gelu", "--no-quick-gelu"));
        Assert.Equal(0, await Run("convert", weights, _folder["x"], "--to", "open_clip", "--no-quick-gelu"));
        Assert.Contains("\"quick_gelu\": false", File.ReadAllText(_folder["x/open_clip_config.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_says_what_is_there_and_what_is_wrong()
    {
        Assert.Equal(0, await Run("inspect", SharedFiles.Fixture("vit-tiny/huggingface"), "--json"));
        var found = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.Equal("huggingface", found.GetProperty("layout").GetString());
        Assert.Equal(32, found.GetProperty("config").GetProperty("embed_dim").GetInt32());

        Assert.Equal(0, await Run("inspect", SharedFiles.Fixture("vit-tiny/state_dict.pt")));
        Assert.Contains("activation not known", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("heads not known", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("verdict   cannot be opened as it is", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(66, await Run("inspect", _folder["nothing"]));
        TinyModel.Write(_folder["spoilt"]);
        TinyModel.Spoil(_folder["spoilt/open_clip_model.safetensors"], "ln_final.weight");
        Assert.Equal(0, await Run("inspect", _folder["spoilt"]));
        Assert.Contains("NaN, inf  1: ln_final.weight", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("its vectors cannot be used", _output.ToString(), StringComparison.Ordinal);
    }

    private async Task<int> Run(params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        return await CommandLine.Run(
            new CommandTree("Tests.", [new("All", [ConvertCommand.Create(), InspectCommand.Create()])]), arguments, _output,
            _error);
    }
}
