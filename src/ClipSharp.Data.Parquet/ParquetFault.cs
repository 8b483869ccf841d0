using ClipSharp.Data.Index;

namespace ClipSharp.Data.Parquet;

/// <summary>Content of a file that cannot be used; the disk is well.</summary>
internal sealed class ParquetFault(SkipReason reason, string message, Exception? cause = null) : Exception(message, cause)
{
    public SkipReason Reason => reason;
}
