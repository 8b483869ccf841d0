namespace ClipSharp.Data.Sources;

/// <summary>Which failures of reading cost a sample, and which the work.</summary>
internal static class ReadFailure
{
    /// <summary>Whether it is counted: what is gone or forbidden is, a disk that fails only where that was asked for.</summary>
    public static bool IsCounted(Exception failure, DataOptions options) =>
        failure is IOException or UnauthorizedAccessException
        || (options.SkipReadErrors && failure is ClipException { Kind: ClipError.InputOutput });

    /// <summary>What happened, without the name of the file.</summary>
    public static string Detail(Exception failure) =>
        failure is ClipException ? failure.InnerException!.Message : failure.Message;
}
