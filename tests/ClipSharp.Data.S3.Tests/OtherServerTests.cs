using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ClipSharp.Data.Shards;

namespace ClipSharp.Data.S3.Tests;

/// <summary>A server that others wrote, on this machine: where CLIPSHARP_S3 holds its address, with the usual variables for its
/// credentials and the bucket <c>clipsharp</c>.</summary>
[Collection("environment")]
public sealed class OtherServerTests
{
    [Fact]
    public async Task It_is_listed_read_and_gone_on_with()
    {
        var endpoint = Environment.GetEnvironmentVariable("CLIPSHARP_S3");
        Assert.SkipWhen(endpoint is null, "CLIPSHARP_S3 names no server.");
        var cancel = TestContext.Current.CancellationToken;
        using var client = new AmazonS3Client(new EnvironmentVariablesAWSCredentials(),
            new AmazonS3Config { ServiceURL = endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        for (var i = 0; i < 3; i++)
        {
            using var shard = new MemoryStream(DrawnShards.Of(i));
            await client.PutObjectAsync(new PutObjectRequest
            {
                BucketName = "clipsharp",
                Key = $"a folder/{i}.tar",
                InputStream = shard,
                UseChunkEncoding = false,
            }, cancel);
        }

        var store = new S3Store(name => name == "AWS_ENDPOINT_URL" ? endpoint : null, null);
        ShardStores.Add(store);
        Assert.Equal(["s3://clipsharp/a folder/0.tar", "s3://clipsharp/a folder/1.tar", "s3://clipsharp/a folder/2.tar"],
            await store.ListAsync("s3://clipsharp/a folder/", cancel));

        using var folder = new TemporaryFolder();
        var access = new ShardAccess(new DataOptions { ShardCache = folder.Path });
        using var opened = access.Open("s3://clipsharp/a folder/1.tar", cancel);
        Assert.Equal(DrawnShards.Of(1).Length, opened.Stream.Length);
        var state = await store.LookAsync("s3://clipsharp/a folder/1.tar", cancel);
        using (var rest = await store.OpenAsync("s3://clipsharp/a folder/1.tar", state, 500, cancel))
        {
            using var bytes = new MemoryStream();
            await rest.Body.CopyToAsync(bytes, cancel);
            Assert.Equal(DrawnShards.Of(1)[500..], bytes.ToArray());
        }

        Assert.Contains("no such key", Assert.Throws<ClipException>(
            () => access.Open("s3://clipsharp/none.tar", cancel)).Message, StringComparison.Ordinal);
        Assert.Contains("no such bucket", Assert.Throws<ClipException>(
            () => access.Open("s3://clipsharp-none/0.tar", cancel)).Message, StringComparison.Ordinal);
    }
}
