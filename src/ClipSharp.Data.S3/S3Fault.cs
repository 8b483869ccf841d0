using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using ClipSharp.Transfer;

namespace ClipSharp.Data.S3;

/// <summary>What a store's fault means: gone at the next try, nothing there, or a refusal in one line. Of what the store says
/// only its code is told: its texts quote keys and requests.</summary>
internal static class S3Fault
{
    // Codes of load that may come with a status of the caller's.
    private static readonly string[] Passing = ["SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling"];

    private static readonly string[] OtherRegion =
        ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"];

    /// <summary>The exception that says it.</summary>
    /// <param name="fault">Of the SDK.</param>
    /// <param name="place">As the user typed it.</param>
    /// <param name="endpoint">Which server was asked, for messages.</param>
    public static Exception Of(Exception fault, string place, string endpoint)
    {
        return fault switch
        {
            AmazonS3Exception service => OfService(service),
            _ when Dropped(fault) is { } dropped =>
                new PassingFault(IsUnreachable(dropped) ? $"no connection to {endpoint}" : "a dropped connection", inner: fault),
            AmazonServiceException { StatusCode: >= HttpStatusCode.InternalServerError } e =>
                new PassingFault($"status {(int)e.StatusCode}", inner: fault),
            AmazonClientException when fault.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase) =>
                Refusal("no credentials", "an access key",
                    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; a public bucket has an https address, too."),
            _ => Refusal($"an answer that is none of S3 ({fault.GetType().Name})", "a server that speaks as S3 does",
                $"Check AWS_ENDPOINT_URL; asked was {endpoint}."),
        };

        Exception OfService(AmazonS3Exception e) => (e.StatusCode, e.ErrorCode) switch
        {
            (_, "NoSuchBucket") => Refusal("no such bucket", "a bucket that is there",
                $"Check its name, and AWS_ENDPOINT_URL; asked was {endpoint}."),
            (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError, _) =>
                new PassingFault($"status {Status(e)}", inner: e),
            (_, var code) when Passing.Contains(code) => new PassingFault($"status {Status(e)}", inner: e),
            (HttpStatusCode.NotFound, _) => new FileNotFoundException("no such key"),
            (_, "RequestTimeTooSkewed") => Refusal("another time than the server's", "one within minutes of it",
                "Set this machine's clock."),
            (HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect, _) => OfRegion(e),
            (_, var code) when OtherRegion.Contains(code) => OfRegion(e),
            (HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized, _) => Refusal($"status {Status(e)}",
                "credentials that may read it", "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, and their rights."),
            _ => Refusal($"status {Status(e)}", "an object", $"Check the address, and AWS_ENDPOINT_URL; asked was {endpoint}."),
        };

        ClipException OfRegion(AmazonS3Exception e) =>
            Refusal($"status {Status(e)}", "the region of the bucket", "Set AWS_REGION to it.");

        ClipException Refusal(string found, string expected, string remedy) =>
            new(ClipError.NoInput, "A shard cannot be fetched from S3", place, found, expected, remedy, fault);
    }

    private static bool IsUnreachable(Exception fault) => fault is HttpRequestException
    {
        HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
    };

    // The SDK wraps what happened on the line.
    private static Exception? Dropped(Exception? fault) =>
        fault is null or HttpRequestException or IOException ? fault : Dropped(fault.InnerException);

    private static string Status(AmazonS3Exception e) =>
        e.ErrorCode is { Length: > 0 and < 60 } code && code.All(char.IsAsciiLetterOrDigit)
            ? $"{(int)e.StatusCode} {code}"
            : $"{(int)e.StatusCode}";
}
