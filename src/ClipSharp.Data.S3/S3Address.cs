namespace ClipSharp.Data.S3;

/// <summary>A place such as <c>s3://bucket/train/0.tar</c>.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Key">The key; "" for the whole bucket.</param>
internal readonly record struct S3Address(string Bucket, string Key)
{
    /// <summary>How such places begin.</summary>
    public const string Prefix = "s3://";

    /// <summary>Reads a place. Keys are taken as they are typed: S3 knows no escapes in them.</summary>
    /// <exception cref="ClipException">It names no bucket.</exception>
    public static S3Address Parse(string place)
    {
        var rest = place[Prefix.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            ? new S3Address(rest[..slash], rest[(slash + 1)..])
            : throw new ClipException(ClipError.Usage, "An address of S3 cannot be used", place, "no bucket and key",
                "s3://bucket/key", "Write the bucket, a slash and the key.");
    }

    /// <summary>The place of another key of the bucket.</summary>
    public string Of(string key) => $"{Prefix}{Bucket}/{key}";
}
