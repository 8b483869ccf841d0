using System.Text;
using System.Text.Json.Nodes;
using ClipSharp.Hub;
using ClipSharp.Hub.Cache;
using ClipSharp.Hub.Transfer;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Tests.Hub.Transfer;

/// <summary>What a pull takes and where it lays it, against a server on this machine.</summary>
public sealed class HubClientTests : IDisposable
{
    private readonly HubBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_model_comes_in_the_layout_of_huggingface_hub()
    {
        var weights = Bytes(300_000);
        using var hub = new FakeHub("org/clip", ("config.json", "{}"u8.ToArray()), ("model.safetensors", weights));

        var snapshot = await _bench.PullAsync(hub, "org/clip");

        var repo = _bench.Cache["models--org--clip"];
        Assert.Equal(Path.Combine(repo, "snapshots", FakeHub.Commit), snapshot.Path);
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(snapshot.Path, "model.safetensors")));
        Assert.Equal(FakeHub.Commit, File.ReadAllText(Path.Combine(repo, "refs", "main")));
        var blob = Assert.Single(Directory.GetFiles(Path.Combine(repo, "blobs")), path => Path.GetFileName(path).Length == 64);
        Assert.Equal($"../../blobs/{Path.GetFileName(blob)}",
            new FileInfo(Path.Combine(snapshot.Path, "model.safetensors")).LinkTarget);
        Assert.True(File.Exists(Path.Combine(repo, "blobs", FakeHub.GitId("{}"u8.ToArray()))));
        var tree = JsonNode.Parse(File.ReadAllText(Path.Combine(repo, "trees", FakeHub.Commit + ".json")))!;
        Assert.Equal(Path.GetFileName(blob), (string?)tree["files"]!["model.safetensors"]!["lfs_sha256"]);
    }

    [Fact]
    public async Task A_data_set_comes_whole_with_its_folders()
    {
        using var hub = new FakeHub("datasets/org/birds", ("classnames.txt", "a"u8.ToArray()), ("test/0.tar", Bytes(1000)));

        var snapshot = await _bench.PullAsync(hub, "org/birds", RepoType.Dataset);

        Assert.Equal(Bytes(1000), File.ReadAllBytes(Path.Combine(snapshot.Path, "test", "0.tar")));
        Assert.Empty(snapshot.Skipped);
        Assert.True(Directory.Exists(_bench.Cache["datasets--org--birds"]));
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_fetched_and_the_rest_is_named()
    {
        using var hub = new FakeHub("org/clip",
            ("a.json", "1"u8.ToArray()), ("b.json", "2"u8.ToArray()), ("deep/c.json", "3"u8.ToArray()), ("d.bin", Bytes(5)));

        var snapshot = await _bench.PullAsync(hub, "org/clip",
            selection: new HubSelection { Include = ["*.json"], Exclude = ["b.*"] });

        Assert.Equal(["a.json", "deep/c.json"], snapshot.Files.Select(file => file.Path));
        Assert.Equal(["b.json", "d.bin"], snapshot.Skipped.Select(file => file.Path));
        Assert.Empty(hub.RequestsFor("b.json"));
        Assert.Empty(hub.RequestsFor("d.bin"));
    }

    [Fact]
    public async Task Patterns_that_fit_nothing_are_refused()
    {
        using var hub = new FakeHub("org/clip", ("a.json", "1"u8.ToArray()));
        await Refused(ClipError.NoInput, "--include",
            _bench.PullAsync(hub, "org/clip", selection: new HubSelection { Include = ["*.JSON"] }));
    }

    [Fact]
    public async Task A_second_pull_of_a_commit_asks_nothing()
    {
        using var hub = Clip();
        await _bench.PullAsync(hub, "org/clip");
        var before = hub.Requests.Count;

        var again = await _bench.PullAsync(hub, $"org/clip@{FakeHub.Commit}");

        Assert.Equal(before, hub.Requests.Count);
        Assert.Equal(0, again.DownloadedBytes);
    }

    [Fact]
    public async Task A_list_of_several_pages_is_read_to_its_end()
    {
        using var hub = Clip();
        hub.Intercept = request => request.Path.Contains("/tree/", StringComparison.Ordinal)
            ? request.Path.Contains("cursor=2", StringComparison.Ordinal)
                ? FakeAnswer.Text(new JsonArray(hub.Tree()[1]!.DeepClone()).ToJsonString())
                : new FakeAnswer(200, Encoding.UTF8.GetBytes(new JsonArray(hub.Tree()[0]!.DeepClone()).ToJsonString()),
                    [("Link", $"<{hub.Address}api/models/org/clip/tree/{FakeHub.Commit}?cursor=2>; rel=\"next\"")])
            : null;

        Assert.Equal(2, (await _bench.PullAsync(hub, "org/clip")).Files.Count);
    }

    [Fact]
    public async Task A_next_page_at_another_host_is_refused()
    {
        using var other = Clip();
        using var hub = Clip();
        hub.Intercept = request => request.Path.Contains("/tree/", StringComparison.Ordinal)
            ? new FakeAnswer(200, Encoding.UTF8.GetBytes(hub.Tree().ToJsonString()),
                [("Link", $"<{other.Address}page>; rel=\"next\"")])
            : null;

        await Refused(ClipError.Data, "a next page at", _bench.PullAsync(hub, "org/clip"));
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData("{\"sha\": \"../../../evil\"}", "the commit")]
    [InlineData("{\"id\": 1}", "JSON")]
    [InlineData("<html>", "JSON")]
    public async Task An_answer_that_is_no_commit_is_refused(string answer, string words)
    {
        using var hub = Clip();
        hub.Intercept = request => request.Path.Contains("/revision/", StringComparison.Ordinal) ? FakeAnswer.Text(answer) : null;
        await Refused(ClipError.Data, words, _bench.PullAsync(hub, "org/clip"));
        AssertNothingWritten();
    }

    [Theory]
    [InlineData("oid", "../../../../evil")]
    [InlineData("oid", "")]
    [InlineData("size", -1)]
    public async Task A_list_whose_hash_or_length_is_none_is_refused(string member, object value)
    {
        using var hub = new FakeHub("org/clip", ("a.json", "1"u8.ToArray()));
        var tree = hub.Tree();
        tree[0]![member] = value is int number ? number : (string)value;
        hub.Intercept = Instead(tree);
        await Refused(ClipError.Data, "list of files", _bench.PullAsync(hub, "org/clip", selection: All));
        AssertNothingWritten();
    }

    [Fact]
    public async Task A_file_larger_than_the_disk_is_refused_before_anything_is_written()
    {
        using var hub = new FakeHub("org/clip", ("a.json", "1"u8.ToArray()));
        var tree = hub.Tree();
        tree[0]!["size"] = 1L << 60;
        hub.Intercept = Instead(tree);
        await Refused(ClipError.CannotCreate, "no room", _bench.PullAsync(hub, "org/clip", selection: All));
        AssertNothingWritten();
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        using var hub = Clip();
        hub.Intercept = request => request.Path.Contains("/tree/", StringComparison.Ordinal)
            ? new FakeAnswer(200, new byte[17 << 20])
            : null;
        await Refused(ClipError.Data, "too long", _bench.PullAsync(hub, "org/clip"));
    }

    [Theory]
    [InlineData("../evil.json")]
    [InlineData("a/../../evil.json")]
    [InlineData("/etc/evil.json")]
    [InlineData("..\\evil.json")]
    [InlineData("C:evil.json")]
    [InlineData("a\0.json")]
    [InlineData("a\n.json")]
    [InlineData("a//b.json")]
    [InlineData("./a.json")]
    [InlineData("NUL")]
    [InlineData("com1.json")]
    [InlineData("deep/AUX .txt")]
    [InlineData("trailing. /a.json")]
    public async Task A_hostile_name_is_refused_before_anything_is_written(string name)
    {
        using var hub = new FakeHub("org/clip", ("good.json", "1"u8.ToArray()), ("z.json", "2"u8.ToArray()));
        var tree = hub.Tree();
        tree[1]!["path"] = name;
        hub.Intercept = Instead(tree);

        await Refused(ClipError.Data, "not safe to write", _bench.PullAsync(hub, "org/clip", selection: All));

        AssertNothingWritten();
        Assert.Empty(hub.RequestsFor("good.json"));
    }

    [Fact]
    public void A_part_that_leads_upwards_is_called_so() => Assert.Equal("the part ..", HubPath.FaultOf("a/../b"));

    [Fact]
    public async Task A_name_that_comes_twice_is_refused()
    {
        using var hub = new FakeHub("org/clip", ("a.json", "1"u8.ToArray()), ("b.json", "2"u8.ToArray()));
        var tree = hub.Tree();
        tree[1]!["path"] = "a.json";
        hub.Intercept = Instead(tree);
        await Refused(ClipError.Data, "second listing", _bench.PullAsync(hub, "org/clip", selection: All));
    }

    [Fact]
    public async Task Names_with_spaces_and_letters_of_any_script_are_fetched()
    {
        using var hub = new FakeHub("org/clip", ("größe 1+2#3%.json", "1"u8.ToArray()), ("deep/日本 .json", "2"u8.ToArray()));
        var snapshot = await _bench.PullAsync(hub, "org/clip", selection: All);
        Assert.Equal("1", File.ReadAllText(Path.Combine(snapshot.Path, "größe 1+2#3%.json")));
        Assert.Equal("2", File.ReadAllText(Path.Combine(snapshot.Path, "deep", "日本 .json")));
    }

    [Fact]
    public async Task Offline_the_cache_answers_without_a_request()
    {
        using var hub = Clip();
        var online = await _bench.PullAsync(hub, "org/clip");
        var before = hub.Requests.Count;
        _bench.IsOffline = true;

        var offline = await _bench.PullAsync(hub, "org/clip");

        Assert.Equal(online.Path, offline.Path);
        Assert.Equal(online.Files, offline.Files);
        Assert.Equal(before, hub.Requests.Count);
    }

    [Fact]
    public async Task Offline_without_a_cache_says_what_to_do()
    {
        using var hub = Clip();
        _bench.IsOffline = true;
        await Refused(ClipError.NoInput, "clipsharp pull org/clip@v1", _bench.PullAsync(hub, "org/clip@v1"));
        Assert.Empty(hub.Requests);
        AssertNothingWritten();
    }

    [Fact]
    public async Task Offline_a_file_that_was_not_pulled_is_missed()
    {
        using var hub = Clip();
        await _bench.PullAsync(hub, "org/clip", selection: new HubSelection { Include = ["config.json"] });
        _bench.IsOffline = true;
        await Refused(ClipError.NoInput, "model.safetensors", _bench.PullAsync(hub, "org/clip"));
    }

    [Fact]
    public async Task A_cache_of_an_older_tool_without_a_list_is_used_as_it_stands()
    {
        using var hub = Clip();
        var online = await _bench.PullAsync(hub, "org/clip");
        Directory.Delete(_bench.Cache[Path.Combine("models--org--clip", "trees")], recursive: true);
        _bench.IsOffline = true;

        Assert.Equal(online.Files.Select(file => file.Path),
            (await _bench.PullAsync(hub, "org/clip")).Files.Select(file => file.Path));
    }

    [Fact]
    public async Task Where_links_cannot_be_the_files_are_copies()
    {
        _bench.UsesLinks = false;
        using var hub = Clip();

        var snapshot = await _bench.PullAsync(hub, "org/clip");

        var file = new FileInfo(Path.Combine(snapshot.Path, "model.safetensors"));
        Assert.Null(file.LinkTarget);
        Assert.Equal(Bytes(2000), File.ReadAllBytes(file.FullName));
    }

    [Fact]
    public async Task A_revision_is_noted_only_when_all_its_files_are_there()
    {
        using var hub = Clip();
        hub.Intercept = request =>
            request.Path.EndsWith("/model.safetensors", StringComparison.Ordinal) ? FakeAnswer.Refusal(403) : null;
        await Refused(ClipError.NoInput, "may not be read", _bench.PullAsync(hub, "org/clip"));
        Assert.False(File.Exists(_bench.Cache[Path.Combine("models--org--clip", "refs", "main")]));
    }

    [Fact]
    public async Task A_changed_list_of_the_cache_is_read_anew()
    {
        using var hub = Clip();
        await _bench.PullAsync(hub, "org/clip");
        var tree = _bench.Cache[Path.Combine("models--org--clip", "trees", FakeHub.Commit + ".json")];
        File.Delete(tree);
        using (var writer = File.CreateText(tree))
        {
            writer.Write("""{"format_version": 1, "files": {"config.json": {"size": 1, "blob_id": "../../evil"}}}""");
        }

        Assert.Equal(2, (await _bench.PullAsync(hub, "org/clip")).Files.Count);
    }

    [Fact]
    public async Task Progress_ends_at_the_whole()
    {
        using var hub = Clip();
        var reports = new Reports();

        await _bench.PullAsync(hub, "org/clip", progress: reports);

        Assert.Equal(2002, reports[^1].TotalBytes);
        Assert.Equal(2002, reports[^1].DoneBytes);
        Assert.Equal(reports.Select(report => report.DoneBytes).Order(), reports.Select(report => report.DoneBytes));
    }

    [Fact]
    public void A_damaged_list_is_read_or_refused()
    {
        using var hub = Clip();
        var sound = Encoding.UTF8.GetBytes(hub.Tree().ToJsonString());
        var report = Mutations.Run(sound, bytes => HubPath.Check(HubListing.ParsePage(bytes, "tree"), "tree"), count: 10_000);
        Assert.True(report.Refusals.Count >= 2);
    }

    private static HubSelection All => new() { Include = ["*"] };

    private static FakeHub Clip() => new("org/clip", ("config.json", "{}"u8.ToArray()), ("model.safetensors", Bytes(2000)));

    private static byte[] Bytes(int count) => HubBench.Bytes(count);

    private static Func<FakeRequest, FakeAnswer?> Instead(JsonArray tree) =>
        request => request.Path.Contains("/tree/", StringComparison.Ordinal) ? FakeAnswer.Text(tree.ToJsonString()) : null;

    private void AssertNothingWritten() => Assert.Empty(Directory.GetFileSystemEntries(_bench.Cache.Path));

    private static Task<ClipException> Refused(ClipError kind, string words, Task pull) => HubBench.Refused(kind, words, pull);

    private sealed class Reports : List<HubProgress>, IProgress<HubProgress>
    {
        public void Report(HubProgress value) => Add(value);
    }
}
