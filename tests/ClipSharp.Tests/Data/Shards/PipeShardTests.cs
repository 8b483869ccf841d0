using ClipSharp.Data;
using ClipSharp.Data.Pictures;
using ClipSharp.Data.Sources;

namespace ClipSharp.Tests.Data.Shards;

/// <summary>Shards that commands write.</summary>
public sealed class PipeShardTests : IDisposable
{
    private readonly ShardBench _bench = new();

    public PipeShardTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are those of a Unix shell.");
        _bench.Patience = TimeSpan.FromSeconds(20);
        _bench.Options = _bench.Options with { AllowsCommands = true };
        _bench.Store(4);
    }

    public void Dispose() => _bench.Dispose();

    private string Local => _bench.Folder["local"];

    [Fact]
    public void What_a_command_writes_is_the_shard()
    {
        var index = _bench.Build($"pipe:cat {Local}/{{0..3}}.tar | cat");

        Assert.Equal(_bench.Build($"{Local}/{{0..3}}.tar").Fingerprint, index.Fingerprint);
        Assert.Equal("pipe:cat ... 0.tar", index.Files[0].Path);
    }

    [Fact]
    public void Commands_of_others_are_read_as_they_write_them()
    {
        var pattern = _bench.Serve(3);

        var index = _bench.Build($"pipe:curl -s -L {pattern} || true");

        Assert.Equal(_bench.Build($"{Local}/{{0..2}}.tar").Fingerprint, index.Fingerprint);
    }

    [Fact]
    public void A_command_that_fails_is_tried_again_and_its_words_are_told()
    {
        var index = _bench.Build($"pipe:cat {Local}/0.tar; test -e {Local}/tried || {{ touch {Local}/tried; exit 3; }}");
        Assert.Equal(3, index.Count);
        Assert.Equal([1.0], _bench.Waits.Select(wait => wait.TotalSeconds));

        var refusal = Assert.Throws<ClipException>(() => _bench.Build("pipe:echo no such bucket >&2; exit 7"));
        Assert.Contains("the command's exit code 7: no such bucket, 6 times in a row", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(ClipError.InputOutput, refusal.Kind);
    }

    [Fact]
    public void A_hidden_exit_code_hides_no_loss()
    {
        var refusal = Assert.Throws<ClipException>(() => _bench.Build("pipe:false || true"));
        Assert.Contains("nothing from the command", refusal.Message, StringComparison.Ordinal);

        var cut = _bench.Build($"pipe:head -c 6000 {Local}/0.tar || true");
        Assert.Equal("1 TruncatedShard", cut.Skips.ToString());
    }

    [Fact]
    public void A_command_that_falls_silent_is_ended()
    {
        _bench.Patience = TimeSpan.FromMilliseconds(300);
        var mark = _bench.Folder["mark"];

        Assert.Throws<ClipException>(() => _bench.Build($"pipe:head -c 600 {Local}/0.tar; sleep 3600; touch {mark}"));

        Assert.Equal(5, _bench.Waits.Count);
        Assert.DoesNotContain(System.Diagnostics.Process.GetProcessesByName("sleep"), process => IsOurs(process));

        bool IsOurs(System.Diagnostics.Process process) => OperatingSystem.IsLinux()
            && File.ReadAllText($"/proc/{process.Id}/cmdline").Contains("3600", StringComparison.Ordinal)
            && ParentOf(process.Id) == Environment.ProcessId;

        static int ParentOf(int id) => int.Parse(File.ReadLines($"/proc/{id}/status")
            .First(line => line.StartsWith("PPid:", StringComparison.Ordinal))[5..], null);
    }

    [Fact]
    public void Words_of_a_command_that_may_be_secret_are_not_told()
    {
        _bench.Options = _bench.Options with { SkipReadErrors = true };
        var index = _bench.Build($"{Local}/0.tar::pipe:curl -sf -H 'Authorization: canary' http://127.0.0.1:1/5.tar");

        Assert.Equal("pipe:curl ... 5.tar", index.Skips.Losses[0].File);
        Assert.DoesNotContain("canary", string.Join(' ', index.Skips.Losses), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipe:touch {0}")]
    [InlineData(" pipe:touch {0}")]
    [InlineData("0.tar:: pipe:touch {0}")]
    public void A_command_that_nobody_typed_is_not_run(string pattern)
    {
        var mark = _bench.Folder["mark"];
        var options = new DataOptions { ShardCache = _bench.Cache };

        Assert.ThrowsAny<ClipException>(() => Indexing.Build(string.Format(null, pattern, mark), options));
        Assert.ThrowsAny<ClipException>(() => DataPattern.Expand(string.Format(null, pattern, mark)));

        Assert.False(File.Exists(mark));
        Assert.Contains("Type it on the command line", Assert.Throws<ClipException>(
            () => SampleSources.Open($"pipe:touch {mark}", options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_writes_something_else_later_gives_no_picture()
    {
        var index = _bench.Build($"pipe:cat {Local}/0.tar");
        Array.ForEach(_bench.Cached(), File.Delete);
        using var reader = new PictureReader(index);
        Assert.True(reader.TryRead(0, out _, out _));

        Array.ForEach(_bench.Cached(), File.Delete);
        _bench.Folder.Write("local/0.tar", DrawnShards.Of(7));
        using var late = new PictureReader(index);
        Assert.False(late.TryRead(0, out _, out var detail));
        Assert.Equal("the shard changed since it was indexed", detail);
    }
}
