namespace ClipSharp.Data.Sources;

/// <summary>Which failures of reading cost a sample, and which the work.</summary>
internal static class ReadFailure
{
    /// <summary>Whether it is counted: what is gone or forbidden is, a disk or a server that fails only where that was asked
    /// for.</summary>
    public static bool IsCounted(Exception failure, DataOptions options) =>
        failure is IOException or UnauthorizedAccessException
        || (options.SkipReadErrors && failure is ClipException { Kind: ClipError.InputOutput or ClipError.NoInput });

    /// <summary>What happened, without the name of the file.</summary>
    public static string Detail(Exception failure) =>
        failure is ClipException { InnerException: { } cause } ? cause.Message : failure.Message;
}
