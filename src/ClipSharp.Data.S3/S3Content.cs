using Amazon.Runtime;
using ClipSharp.Files.Reading;
using ClipSharp.Transfer;

namespace ClipSharp.Data.S3;

/// <summary>An object's bytes; what the SDK throws when they break off is a fault like that of any line.</summary>
internal sealed class S3Content(Stream body) : ForwardStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonClientException e)
        {
            throw new PassingFault("a dropped connection", inner: e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            body.Dispose();
        }

        base.Dispose(disposing);
    }
}
