namespace ClipSharp.Cli.Rendering;

/// <summary>What a failed command prints and returns: one line on stderr, a code of sysexits.h.</summary>
internal static class Failure
{
    private const int NoPermission = 77;

    /// <param name="failure">What was thrown.</param>
    /// <param name="debug">Also print the stack trace.</param>
    /// <param name="interruptCode">The exit code of a command that was asked to stop.</param>
    /// <param name="error">Where to print.</param>
    /// <param name="who">Which of several processes prints; null = there is one.</param>
    /// <returns>The exit code.</returns>
    public static int Render(Exception failure, bool debug, int interruptCode, TextWriter error,
        string? who = null)
    {
        var cause = Cause(failure);
        if (cause is OperationCanceledException)
        {
            return interruptCode;
        }

        var (code, line) = Describe(cause);
        error.WriteLine(Styled.Error(error, who is null ? line : $"{who}: {line}"));
        if (debug)
        {
            error.WriteLine(failure);
        }

        return code;
    }

    private static (int Code, string Line) Describe(Exception cause) => cause switch
    {
        ClipException refusal => ((int)refusal.Kind, OneLine(refusal.Message)),
        FileNotFoundException or DirectoryNotFoundException =>
            ((int)ClipError.NoInput, $"{OneLine(cause.Message)} Check the path."),
        UnauthorizedAccessException => (NoPermission, OneLine(cause.Message)),
        IOException => ((int)ClipError.InputOutput, OneLine(cause.Message)),
        _ => ((int)ClipError.Software,
            $"internal fault ({cause.GetType().Name}: {OneLine(cause.Message)}); run again with --debug to see where"),
    };

    // Threads, tasks and static constructors wrap what really happened.
    private static Exception Cause(Exception failure)
    {
        var cause = failure;
        while (cause is AggregateException or System.Reflection.TargetInvocationException or TypeInitializationException
               && cause.InnerException is { } inner)
        {
            cause = inner;
        }

        return cause;
    }

    private static string OneLine(string message) =>
        Styled.Plain(string.Join(' ',
            message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
}
