using Amazon.Runtime;
using ClipSharp.Data.Index;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Sources;
using ClipSharp.Transfer;

namespace ClipSharp.Data.S3.Tests;

/// <summary>Shards in a store that speaks as S3 does, good or bad.</summary>
[Collection("environment")]
public sealed class S3StoreTests : IDisposable
{
    private const int Shards = 30;

    private readonly FakeS3 _server = new();
    private readonly TemporaryFolder _folder = new();

    public S3StoreTests()
    {
        TransferTrial.Current = new TransferTrial((_, cancel) => Task.Delay(1, cancel), TimeSpan.FromSeconds(2));
        // No test may ask the machine's metadata, which is a server.
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
        for (var i = 0; i < Shards; i++)
        {
            _server.Files[$"/data/train/{i:00}.tar"] = DrawnShards.Of(i);
        }

        Use(new BasicAWSCredentials(FakeS3.AccessKey, FakeS3.SecretKey));
    }

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_set_in_a_bucket_is_the_set_on_the_disk()
    {
        var index = Build("s3://data/train/{00..29}.tar");

        Assert.Equal(Local().Fingerprint, index.Fingerprint);
        Assert.Equal("s3://data/train/00.tar", index.Files[0].Path);
        Assert.All(_server.Requests, request => Assert.Equal("GET", request.Method));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_store_that_fails_cuts_and_falls_silent_loses_nothing(long seed)
    {
        _server.BeBad(seed);

        var index = Build("s3://data/train/{00..29}.tar");

        Assert.Equal(Local().Fingerprint, index.Fingerprint);
        Assert.Equal("nothing", index.Skips.ToString());
        Assert.True(_server.Faults.Count >= 4, string.Join(", ", _server.Faults));
    }

    [Theory]
    [InlineData("s3://data/train/*.tar", 30)]
    [InlineData("s3://data/train/", 30)]
    [InlineData("s3://data/train/1*.tar", 10)]
    [InlineData("s3://data/**/05.tar", 1)]
    [InlineData("s3://data/{train,none}/0{3,4}.tar,s3://data/train/07.tar", 5)]
    public void A_store_tells_what_it_holds(string pattern, int count) =>
        Assert.Equal(count, DataPattern.Expand(pattern).Count);

    [Fact]
    public void What_fits_nothing_is_refused() =>
        Assert.Contains("nothing that fits", Refused(() => DataPattern.Expand("s3://data/other/*.tar")), StringComparison.Ordinal);

    [Fact]
    public void A_cut_object_is_gone_on_with_and_a_changed_one_begun_anew()
    {
        var (old, later) = (DrawnShards.Of(1, pairs: 1, 900_000), DrawnShards.Of(2, pairs: 1, 900_000));
        _server.Files["/data/big.tar"] = old;
        _server.Intercept = request => request.From == 0 && request.Headers.GetValueOrDefault("Range") is null
            ? _server.Answer(request) with { SendOnly = 300_000 }
            : null;
        Assert.Equal(old, Read("s3://data/big.tar"));
        Assert.Equal(300_000, _server.Requests[^1].From);
        Assert.StartsWith("\"", _server.Requests[^1].Headers["If-Match"], StringComparison.Ordinal);

        _server.Files["/data/two.tar"] = old;
        _server.Intercept = request =>
        {
            if (request.From > 0 || request.Headers.ContainsKey("Range"))
            {
                return null;
            }

            var cut = _server.Answer(request) with { SendOnly = 300_000 };
            _server.Files["/data/two.tar"] = later;
            _server.Intercept = _ => null;
            return cut;
        };
        Assert.Equal(later, Read("s3://data/two.tar"));
    }

    [Fact]
    public void An_empty_object_is_no_tar_and_nothing_worse()
    {
        _server.Files["/data/empty.tar"] = [];
        Assert.Empty(Read("s3://data/empty.tar"));
    }

    [Theory]
    [InlineData("s3://none/0.tar", "no such bucket")]
    [InlineData("s3://data/none.tar", "no such key")]
    [InlineData("s3://data", "no bucket and key")]
    public void What_is_not_there_is_one_clear_line(string place, string words) =>
        Assert.Contains(words, Refused(() => Read(place)), StringComparison.Ordinal);

    [Fact]
    public void Each_refusal_of_credentials_is_one_clear_line()
    {
        Use(new BasicAWSCredentials("OTHERKEY", FakeS3.SecretKey));
        Assert.Contains("status 403 InvalidAccessKeyId", Refused(() => Read("s3://data/train/00.tar")), StringComparison.Ordinal);

        Use(new BasicAWSCredentials(FakeS3.AccessKey, "canary-wrong"));
        Assert.Contains("status 403 SignatureDoesNotMatch", Refused(() => Read("s3://data/train/00.tar")),
            StringComparison.Ordinal);

        Use(null);
        Assert.Contains("no credentials", Refused(() => Read("s3://data/train/00.tar")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_usual_variables_are_the_credentials()
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", FakeS3.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", FakeS3.SecretKey);
        try
        {
            Use(null);
            Assert.Equal(DrawnShards.Of(0), Read("s3://data/train/00.tar"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", null);
            Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", null);
        }
    }

    [Fact]
    public void A_wrong_server_is_one_clear_line()
    {
        Uri nobody;
        using (var gone = new ShardServer())
        {
            nobody = gone.Address;
        }

        Use(new BasicAWSCredentials(FakeS3.AccessKey, FakeS3.SecretKey), nobody.ToString());
        Assert.Contains($"no connection to {nobody}", Refused(() => Read("s3://data/train/00.tar")), StringComparison.Ordinal);

        using var other = new ShardServer { Intercept = _ => FakeAnswer.Text("<html>hello</html>") };
        Use(new BasicAWSCredentials(FakeS3.AccessKey, FakeS3.SecretKey), other.Address.ToString());
        Assert.Contains("AWS_ENDPOINT_URL", Refused(() => DataPattern.Expand("s3://data/*.tar")), StringComparison.Ordinal);

        Use(new BasicAWSCredentials(FakeS3.AccessKey, FakeS3.SecretKey), "no address");
        Assert.Contains("\"no address\"", Refused(() => Read("s3://data/train/00.tar")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bucket_of_another_region_is_one_clear_line()
    {
        _server.Intercept = _ => FakeS3.Fault(301, "PermanentRedirect");
        Assert.Contains("AWS_REGION", Refused(() => Read("s3://data/train/00.tar")), StringComparison.Ordinal);
    }

    private void Use(AWSCredentials? credentials, string? endpoint = null) => ShardStores.Add(new S3Store(
        name => name == "AWS_ENDPOINT_URL" ? endpoint ?? _server.Address.ToString() : null, credentials));

    private DataOptions Options => new() { ShardCache = _folder["cache"] };

    private SampleIndex Build(string pattern) =>
        SampleIndex.Build(SampleSources.Open(pattern, Options), cancel: TestContext.Current.CancellationToken);

    private SampleIndex Local()
    {
        for (var i = 0; i < Shards; i++)
        {
            using var file = File.Create(_folder[$"{i:00}.tar"]);
            file.Write(DrawnShards.Of(i));
        }

        return Build(_folder["{00..29}.tar"]);
    }

    private byte[] Read(string place)
    {
        using var shard = new ShardAccess(Options).Open(place, TestContext.Current.CancellationToken);
        var bytes = new byte[shard.Stream.Length];
        shard.Stream.ReadExactly(bytes);
        return bytes;
    }

    private static string Refused(Action read)
    {
        var refusal = Assert.Throws<ClipException>(read);
        Assert.DoesNotContain("canary", refusal.Message, StringComparison.OrdinalIgnoreCase);
        return refusal.Message;
    }
}
