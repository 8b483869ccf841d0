using System.Text.Json;
using ClipSharp.Cli.Commands;
using ClipSharp.Cli.Commands.Evaluating;
using ClipSharp.Cli.Commands.Exchange;
using ClipSharp.Evaluation.Features;
using ClipSharp.Hub;
using ClipSharp.Models;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Tests.Commands.Exchange;

/// <summary>Pulls from a hub on this machine, then works with what was pulled.</summary>
public sealed class PullCommandTests : IDisposable
{
    private const string CacheVariable = "HF_HUB_CACHE"; // no other test of this program uses it
    private const string Token = "hf_CanaryCanaryCanary";

    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly string? _cacheBefore = Environment.GetEnvironmentVariable(CacheVariable);
    private FakeHub? _hub;

    public PullCommandTests() => Environment.SetEnvironmentVariable(CacheVariable, _folder["cache"]);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(CacheVariable, _cacheBefore);
        _hub?.Dispose();
        _folder.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    private string LastLine => _output.ToString().TrimEnd().Split('\n')[^1];

    [Fact]
    public async Task The_path_is_the_only_result_and_what_was_left_is_noted()
    {
        ServeModel();
        Assert.Equal(0, await Run("pull", "org/tiny"));

        Assert.Equal(Path.Combine(_folder["cache"], "models--org--tiny", "snapshots", FakeHub.Commit),
            _output.ToString().TrimEnd());
        Assert.Contains("not asked for: README.md (2 bytes)", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains(" fetched", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hf-hub:org/tiny")]
    [InlineData("https://huggingface.co/org/tiny")]
    [InlineData("https://huggingface.co/org/tiny/tree/main")]
    [InlineData("https://huggingface.co/org/tiny/blob/main/README.md?download=true")]
    public async Task Names_and_addresses_are_taken_as_pasted(string pasted)
    {
        ServeModel();
        Assert.Equal(0, await Run("pull", pasted, "--quiet"));
        Assert.EndsWith(FakeHub.Commit, LastLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_needs_no_network_and_each_of_it_can_be_asked_for_by_architecture_or_tag()
    {
        Assert.Equal(0, await Run("pull", "--list", "--json"));
        var rows = _output.ToString().TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        foreach (var row in rows)
        {
            var repo = row.GetProperty("repo").GetString()!;
            Assert.Equal(repo, HubRepo.Parse(repo).Id);
            Assert.InRange(row.GetProperty("bytes").GetInt64(), 400_000_000, 11_000_000_000);
            foreach (var name in new[] { "architecture", "tag" })
            {
                var remedy = Assert.Throws<ClipException>(() => ModelFiles.Open(row.GetProperty(name).GetString()!)).Message;
                Assert.Contains(repo, remedy, StringComparison.Ordinal);
            }
        }

        Assert.Equal(0, await Run("pull", "--list"));
        Assert.Contains("laion/CLIP-ViT-B-32-laion2B-s34B-b79K", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ViT-B-32", "ViT-B-32 is an architecture, not weights: clipsharp pull openai/clip-vit-base-patch32 fetches some (also laion/")]
    [InlineData("ViT-B/32", "ViT-B/32 is an architecture, not weights")]
    [InlineData("RN50x16", "RN50x16 is an architecture, not weights: clipsharp train --model RN50x16 makes some")]
    [InlineData("laion2b_s34b_b79k",
        "laion2b_s34b_b79k is a tag of weights: clipsharp pull laion/CLIP-ViT-B-32-laion2B-s34B-b79K fetches some; then --model hf-hub:laion/")]
    [InlineData("org/tiny", "If this is a repository of the hub, fetch it with clipsharp pull org/tiny; then it is --model hf-hub:org/tiny.")]
    [InlineData("https://huggingface.co/org/tiny", "fetch it with clipsharp pull org/tiny;")]
    [InlineData("nothing.pt", "Check the path; clipsharp pull --list names published models.")]
    public void A_model_that_is_not_there_gets_the_command_that_helps(string name, string remedy) =>
        Assert.Contains(remedy, Assert.Throws<ClipException>(() => ModelFiles.Open(name)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("Give a repository or --list.", "pull")]
    [InlineData("Give a repository or --list.", "pull", "org/tiny", "--list")]
    [InlineData("ViT-B-32 is an architecture", "pull", "ViT-B-32")]
    [InlineData("ViT-B/32 is an architecture", "pull", "ViT-B/32")]
    [InlineData("Of ViT-B-16-SigLIP these weights are known: webli;", "pull", "ViT-B-16-SigLIP/laion2b")]
    [InlineData("convnext_base is an architecture that is not computed here: vision_cfg.timm_model_name: convnext_base.", "pull", "convnext_base")]
    [InlineData("no model's or data set's address", "pull", "https://huggingface.co/spaces/org/tiny")]
    public async Task What_is_no_repository_is_refused_before_the_network_is_used(string message, params string[] arguments)
    {
        ServeModel();
        Assert.Equal(64, await Run(arguments));
        Assert.Contains(message, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Architecture_and_tag_are_a_name_of_published_weights()
    {
        TinyModel.Write(_folder["tiny"]);
        _hub = new FakeHub("timm/ViT-B-16-SigLIP", FilesOf(_folder["tiny"]));

        Assert.Equal(0, await Run("pull", "vit-b-16-siglip/webli"));

        Assert.Contains("models--timm--ViT-B-16-SigLIP", LastLine, StringComparison.Ordinal);
        Assert.Contains("give --model hf-hub:timm/ViT-B-16-SigLIP", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("clipsharp pull ViT-B-16-SigLIP/webli fetches it; then --model hf-hub:timm/ViT-B-16-SigLIP.",
            Assert.Throws<ClipException>(() => ModelFiles.Open("ViT-B-16-SigLIP/webli")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quiet_means_the_path_alone()
    {
        ServeModel();
        Assert.Equal(0, await Run("pull", "org/tiny", "--quiet"));
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public async Task Json_tells_files_and_commit()
    {
        ServeModel();
        Assert.Equal(0, await Run("pull", "org/tiny", "--json", "--include", "*.md", "--cache-dir", _folder["own"]));

        var pulled = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.Equal(FakeHub.Commit, pulled.GetProperty("commit").GetString());
        Assert.Equal(["README.md"], pulled.GetProperty("files").EnumerateArray().Select(file => file.GetString()));
        Assert.Equal(2, pulled.GetProperty("downloaded_bytes").GetInt64());
        Assert.StartsWith(_folder["own"], pulled.GetProperty("path").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offline_asks_nobody()
    {
        ServeModel();
        Assert.Equal(66, await Run("pull", "org/tiny", "--offline"));
        Assert.Contains("clipsharp pull org/tiny", _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_hub!.Requests);
    }

    [Theory]
    [InlineData(401, null, 66)]
    [InlineData(403, "GatedRepo", 66)]
    [InlineData(404, "RepoNotFound", 66)]
    public async Task A_refusal_is_one_line_that_does_not_show_the_token(int status, string? code, int exit)
    {
        ServeModel();
        _hub!.Intercept = _ => FakeAnswer.Refusal(status, code);

        Assert.Equal(exit, await Run("pull", "org/tiny", "--debug"));

        Assert.DoesNotContain(Token, _error.ToString() + _output, StringComparison.Ordinal);
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task A_pulled_model_is_used_by_its_name()
    {
        ServeModel();
        File.WriteAllBytes(_folder["red.png"], ColourPictures.Png(0));
        Assert.Equal(66, await Run("preprocess", _folder["red.png"], "--model", "hf-hub:org/tiny", "-o", _folder["seen"]));
        Assert.Contains("clipsharp pull org/tiny", _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_hub!.Requests);

        Assert.Equal(0, await Run("pull", "org/tiny"));

        Assert.Equal(0, await Run("preprocess", _folder["red.png"], "--model", "hf-hub:org/tiny", "-o", _folder["seen"]));
        Assert.Equal(0, await Run("tokenize", "--model", "hf-hub:org/tiny@main", "a red circle"));
        Assert.Equal(0, await Run("zeroshot", "--model", "hf-hub:org/tiny", "-i", _folder["red.png"], "--labels", "red,blue"));
        Assert.Contains("red", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pulled_data_set_is_measured_by_its_name_and_by_its_path(bool byName)
    {
        ColourPictures.WriteSplit(_folder, 6);
        TinyModel.Write(_folder["model"]);
        _hub = new FakeHub("datasets/clip-benchmark/wds_colours", FilesOf(_folder["colours"]));
        Assert.Equal(0, await Run("pull", "clip-benchmark/wds_colours", "--repo-type", "dataset"));

        var data = byName ? "hf-hub:clip-benchmark/wds_colours" : LastLine;
        Assert.Equal(0, await Run("eval", "--data", data, "--model", _folder["model"], "--json"));

        var report = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.Equal("wds_colours", report.GetProperty("dataset").GetString());
        Assert.Equal("test", report.GetProperty("split").GetString());
        Assert.Equal(1, report.GetProperty("metrics").GetProperty("acc1").GetDouble());
        Assert.False(report.TryGetProperty("skipped", out var skipped) && skipped.ValueKind == JsonValueKind.Object,
            $"{skipped}");
    }

    private void ServeModel()
    {
        TinyModel.Write(_folder["tiny"]);
        _hub = new FakeHub("org/tiny", [.. FilesOf(_folder["tiny"]), ("README.md", "hi"u8.ToArray())]);
    }

    private static (string, byte[])[] FilesOf(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => (Path.GetRelativePath(folder, path).Replace('\\', '/'), File.ReadAllBytes(path))),
    ];

    private async Task<int> Run(params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        var classifiers = new ClassifierCache(_folder["classifiers"]);
        var tree = new CommandTree("Tests.",
            [new("All",
            [
                PullCommand.Create(() => new HubOptions { Endpoint = _hub!.Address, Token = Token,
                    CacheFolder = _folder["cache"] }),
                EvalCommand.Create(Load, classifiers, new FeatureStore(null)), ZeroShotCommand.Create(Load, classifiers),
                PreprocessCommand.Create(),
                TokenizeCommand.Create(),
            ])]);
        return await CommandLine.Run(tree, arguments, _output, _error);
    }

    private static Clip Load(ModelFiles model, string device, string precision) =>
        new(new ColourEncoder(model.LoadTokenizer()), model);
}
