using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ClipSharp.Data.Shards;
using ClipSharp.Transfer;

namespace ClipSharp.Data.S3;

/// <summary>Shards in S3, and in stores that speak as S3 does: <c>s3://bucket/train/{000..127}.tar</c>,
/// <c>s3://bucket/train/*.tar</c>. Server, region and credentials are found as other tools find them: <c>AWS_ENDPOINT_URL</c>,
/// <c>AWS_REGION</c>, <c>AWS_ACCESS_KEY_ID</c>, <c>AWS_PROFILE</c> and its files. Nothing of it is looked for, and nothing
/// asked, before a place of S3 is read. Thread-safe.</summary>
public sealed class S3Store : IShardStore, IDisposable
{
    private const string OfAmazon = "Amazon's";

    private readonly Lazy<AmazonS3Client> _client;
    private readonly string? _endpoint;

    /// <summary>The store that the environment names.</summary>
    public S3Store() : this(Environment.GetEnvironmentVariable, null)
    {
    }

    internal S3Store(Func<string, string?> environment, AWSCredentials? credentials)
    {
        _endpoint = Value("AWS_ENDPOINT_URL_S3") ?? Value("AWS_ENDPOINT_URL");
        _client = new Lazy<AmazonS3Client>(() => credentials is null
            ? new AmazonS3Client(Config(Value("AWS_REGION") ?? Value("AWS_DEFAULT_REGION")))
            : new AmazonS3Client(credentials, Config(Value("AWS_REGION"))));

        string? Value(string name) => environment(name) is { Length: > 0 } value ? value : null;
    }

    /// <summary>Lets this process read places of S3; for all threads, from now on.</summary>
    public static void Add() => ShardStores.Add(new S3Store());

    /// <inheritdoc/>
    public IReadOnlyList<string> Prefixes { get; } = [S3Address.Prefix];

    /// <inheritdoc/>
    public async Task<ShardState> LookAsync(string place, CancellationToken cancel)
    {
        var address = S3Address.Parse(place);
        try
        {
            // The first byte, for an answer to HEAD does not say why there is none.
            using var found = await GetAsync(address, 0, 0, null, cancel).ConfigureAwait(false);
            return new ShardState(LengthOf(found), found.ETag, found.LastModified?.ToUniversalTime());
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return new ShardState(0, "empty", null);
        }
        catch (Exception e) when (IsOfSdk(e))
        {
            throw S3Fault.Of(e, place, _endpoint ?? OfAmazon);
        }
    }

    /// <inheritdoc/>
    public async Task<RemoteContent> OpenAsync(string place, ShardState known, long from, CancellationToken cancel)
    {
        var address = S3Address.Parse(place);
        try
        {
            var found = await GetAsync(address, from, null, from > 0 ? known.Version : null, cancel).ConfigureAwait(false);
            return new RemoteContent(new S3Content(found.ResponseStream), from, LengthOf(found), found.ETag, found);
        }
        catch (AmazonS3Exception e) when (from > 0
            && e.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return await OpenAsync(place, known, 0, cancel).ConfigureAwait(false); // another one
        }
        catch (Exception e) when (IsOfSdk(e))
        {
            throw S3Fault.Of(e, place, _endpoint ?? OfAmazon);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>?> ListAsync(string folder, CancellationToken cancel)
    {
        var address = S3Address.Parse(folder);
        try
        {
            var places = new List<string>();
            var request = new ListObjectsV2Request { BucketName = address.Bucket, Prefix = address.Key };
            ListObjectsV2Response page;
            do
            {
                page = await _client.Value.ListObjectsV2Async(request, cancel).ConfigureAwait(false);
                if (page.Name is null)
                {
                    throw new AmazonClientException("a page that is no list"); // the SDK finds nothing in it, and says so
                }

                places.AddRange((page.S3Objects ?? []).Select(found => address.Of(found.Key)));
                request.ContinuationToken = page.NextContinuationToken;
            }
            while (page.IsTruncated == true && request.ContinuationToken is not null);

            places.Sort(StringComparer.Ordinal);
            return places;
        }
        catch (Exception e) when (IsOfSdk(e))
        {
            throw S3Fault.Of(e, folder, _endpoint ?? OfAmazon);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }
    }

    private AmazonS3Config Config(string? region)
    {
        var config = new AmazonS3Config
        {
            MaxErrorRetry = 0, // whoever asks tries again, in one place for all stores
            Timeout = Timeout.InfiniteTimeSpan, // and knows how long a server may be silent
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (_endpoint is null)
        {
            // Not from the machine's metadata, which is a server, too.
            config.RegionEndpoint = region is not null ? RegionEndpoint.GetBySystemName(region)
                : FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false) ?? RegionEndpoint.USEast1;
            return config;
        }

        config.ServiceURL = Uri.TryCreate(_endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? _endpoint
            : throw new ClipException(ClipError.Config, "The server of S3 cannot be used", "AWS_ENDPOINT_URL", $"\"{_endpoint}\"",
                "an http or https address", "Correct it, or leave it out for Amazon's.");
        config.AuthenticationRegion = region ?? "us-east-1";
        config.ForcePathStyle = true; // other servers have no name for each bucket
        return config;
    }

    private Task<GetObjectResponse> GetAsync(S3Address address, long from, long? last, string? version,
        CancellationToken cancel) => _client.Value.GetObjectAsync(new GetObjectRequest
        {
            BucketName = address.Bucket,
            Key = address.Key,
            ByteRange = from == 0 && last is null ? null
                : new ByteRange(FormattableString.Invariant($"bytes={from}-{last}")),
            EtagToMatch = version,
        }, cancel);

    private static long LengthOf(GetObjectResponse found) =>
        found.ContentRange is { } range && long.TryParse(range.AsSpan(range.LastIndexOf('/') + 1), out var whole)
            ? whole
            : found.ContentLength;

    private static bool IsOfSdk(Exception e) =>
        e is AmazonServiceException or AmazonClientException or HttpRequestException or System.Xml.XmlException
        || (e is IOException && e is not PassingFault);
}
