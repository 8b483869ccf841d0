using ClipSharp.Hub;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Tests.Hub;

/// <summary>Names of repositories, places in the cache, and the environment.</summary>
public sealed class HubNamesTests : IDisposable
{
    private readonly HubBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("org/name", "org/name", "main")]
    [InlineData("gpt2", "gpt2", "main")]
    [InlineData("org/CLIP-ViT_B.32@v1.0", "org/CLIP-ViT_B.32", "v1.0")]
    [InlineData("org/name@refs/pr/1", "org/name", "refs/pr/1")]
    public void A_repository_is_named_with_or_without_its_revision(string text, string id, string revision)
    {
        var repo = HubRepo.Parse(text);
        Assert.Equal((id, revision, text), (repo.Id, repo.Revision, repo.ToString()));
    }

    [Theory]
    [InlineData("hf-hub:org/name@v1", "org/name", "v1", RepoType.Model)]
    [InlineData("https://huggingface.co/org/name", "org/name", "main", RepoType.Model)]
    [InlineData("https://huggingface.co/org/name/", "org/name", "main", RepoType.Model)]
    [InlineData("http://localhost:8080/org/name/tree/v1.0/folder", "org/name", "v1.0", RepoType.Model)]
    [InlineData("https://huggingface.co/org/name/blob/main/model.safetensors?download=true#L1", "org/name", "main",
        RepoType.Model)]
    [InlineData("https://huggingface.co/org/name/tree/refs%2Fpr%2F1", "org/name", "refs/pr/1", RepoType.Model)]
    [InlineData("https://huggingface.co/datasets/org/name/tree/main/test", "org/name", "main", RepoType.Dataset)]
    public void A_pasted_name_or_address_is_its_repository(string text, string id, string revision, RepoType type)
    {
        var repo = HubRepo.Parse(text);
        Assert.Equal((id, revision, type), (repo.Id, repo.Revision, repo.Type));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a/b--c")]
    [InlineData("a/-b")]
    [InlineData("a/b.git")]
    [InlineData("a/b c")]
    [InlineData("https://huggingface.co/a")]
    [InlineData("https://huggingface.co/spaces/a/b")]
    [InlineData("https://huggingface.co/a/b%2Fc")]
    [InlineData("https://huggingface.co/a/b/tree/x%2F..%2Fy")]
    [InlineData("hf-hub:a/b/c")]
    [InlineData("a/b@")]
    [InlineData("a/b@../../x")]
    [InlineData("a/b@/x")]
    [InlineData("a/b@x\\y")]
    public void Other_names_are_wrong_usage(string text) =>
        Assert.Equal(ClipError.Usage, Assert.Throws<ClipException>(() => HubRepo.Parse(text)).Kind);

    [Theory]
    [InlineData("models--org--name/snapshots/" + FakeHub.Commit, "org/name")]
    [InlineData("datasets--birds/snapshots/" + FakeHub.Commit + "/", "birds")]
    [InlineData("models--org--name/snapshots/main", null)]
    [InlineData("spaces--org--name/snapshots/" + FakeHub.Commit, null)]
    [InlineData("name", null)]
    public void A_snapshot_tells_its_repository(string path, string? id) =>
        Assert.Equal(id, HubRepo.OfSnapshot(_bench.Cache[path])?.Id);

    [Fact]
    public async Task A_pulled_repository_is_found_by_its_name()
    {
        using var hub = new FakeHub("datasets/org/birds", ("test/0.tar", HubBench.Bytes(10)));
        var snapshot = await _bench.PullAsync(hub, "org/birds", RepoType.Dataset);
        var cache = new HubCache(_bench.Options(hub));

        Assert.Equal(snapshot.Path, cache.Resolve("hf-hub:org/birds", RepoType.Dataset));
        Assert.Equal(snapshot.Path, cache.Resolve($"hf-hub:org/birds@{FakeHub.Commit}", RepoType.Dataset));
        Assert.Equal(Path.Combine(snapshot.Path, "test"), cache.Resolve("hf-hub:org/birds/test@main", RepoType.Dataset));
        Assert.Equal("some/path", HubCache.PathOf("some/path", RepoType.Dataset));
    }

    [Theory]
    [InlineData("hf-hub:org/clip@v2", RepoType.Model, "Fetch it: clipsharp pull org/clip@v2")]
    [InlineData("hf-hub:org/birds/test", RepoType.Dataset, "Fetch it: clipsharp pull org/birds --repo-type dataset")]
    public void What_was_not_pulled_is_not_fetched_and_the_command_is_named(string name, RepoType type, string words)
    {
        using var hub = new FakeHub("org/clip");
        var refusal = Assert.Throws<ClipException>(() => new HubCache(_bench.Options(hub)).Resolve(name, type));
        Assert.EndsWith(words, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Requests);
    }

    [Fact]
    public void A_reference_that_holds_no_commit_leads_nowhere()
    {
        using var hub = new FakeHub("org/clip");
        Directory.CreateDirectory(_bench.Cache["models--org--clip/refs"]);
        using (var writer = File.CreateText(_bench.Cache["models--org--clip/refs/main"]))
        {
            writer.Write("../../elsewhere");
        }

        Directory.CreateDirectory(_bench.Cache["models--org--clip/snapshots"]);
        Directory.CreateDirectory(_bench.Cache["elsewhere"]);

        Assert.Throws<ClipException>(() => new HubCache(_bench.Options(hub)).Snapshot(HubRepo.Parse("org/clip")));
    }

    [Fact]
    public void The_environment_is_read_as_huggingface_hub_reads_it()
    {
        var home = _bench.Cache.Path;
        Assert.Equal(Path.Combine(home, "hub"), From(("HF_HOME", home)).CacheFolder);
        Assert.Equal("/own", From(("HF_HOME", home), ("HF_HUB_CACHE", "/own")).CacheFolder);
        Assert.Equal(Path.Combine("/xdg", "huggingface", "hub"), From(("XDG_CACHE_HOME", "/xdg")).CacheFolder);
        Assert.EndsWith(Path.Combine(".cache", "huggingface", "hub"), From().CacheFolder, StringComparison.Ordinal);
        Assert.DoesNotContain('~', From(("HF_HOME", "~/hf")).CacheFolder);
        Assert.Equal("https://huggingface.co/", From().Endpoint.AbsoluteUri);
        Assert.Equal("http://mirror:8080/hf", From(("HF_ENDPOINT", "http://mirror:8080/hf")).Endpoint.AbsoluteUri);
        Assert.True(From(("HF_HUB_OFFLINE", "1")).IsOffline);
        Assert.False(From(("HF_HUB_OFFLINE", "0")).IsOffline);
        Assert.False(From(("HF_HUB_DISABLE_SYMLINKS", "true")).UsesLinks);
    }

    [Fact]
    public void The_token_is_that_of_the_environment_before_that_of_the_file()
    {
        var home = _bench.Cache.Path;
        Assert.Null(From(("HF_HOME", home)).Token);
        using (var file = File.CreateText(_bench.Cache["token"]))
        {
            file.Write("hf_file\n");
        }

        Assert.Equal("hf_file", From(("HF_HOME", home)).Token);
        Assert.Equal("hf_own", From(("HF_HOME", home), ("HF_TOKEN", " hf_own\n")).Token);
        Assert.Equal("hf_file", From(("HF_TOKEN_PATH", _bench.Cache["token"])).Token);
    }

    [Theory]
    [InlineData("HF_ENDPOINT", "mirror")]
    [InlineData("HF_ENDPOINT", "ftp://mirror")]
    [InlineData("HF_ENDPOINT", "https://user:secret@mirror")]
    [InlineData("HF_TOKEN", "hf_a\nX-Evil: 1")]
    public void A_value_that_cannot_be_used_is_refused_without_showing_a_token(string name, string value)
    {
        var refusal = Assert.Throws<ClipException>(() => From((name, value)));
        Assert.Equal((ClipError.Config, name), (refusal.Kind, refusal.Where));
        Assert.DoesNotContain("hf_a", refusal.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(@"\\server\share\hub")]
    [InlineData("//server/share/hub")]
    public void A_cache_on_another_machine_is_taken_as_it_stands(string place)
    {
        Assert.Equal(place, From(("HF_HUB_CACHE", place)).CacheFolder);
        var cache = new HubCache(From(("HF_HUB_CACHE", place)));
        var refusal = Assert.Throws<ClipException>(() => cache.Snapshot(HubRepo.Parse("org/clip")));
        Assert.Equal(ClipError.NoInput, refusal.Kind);
    }

    [Fact]
    public void Options_do_not_show_their_token() =>
        Assert.DoesNotContain("hf_own", $"{From(("HF_TOKEN", "hf_own"))}", StringComparison.Ordinal);

    private static HubOptions From(params (string Name, string Value)[] variables) =>
        HubOptions.FromEnvironment(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
