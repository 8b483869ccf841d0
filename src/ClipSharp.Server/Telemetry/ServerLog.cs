namespace ClipSharp.Server.Telemetry;

/// <summary>Everything that this server logs.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Error, "A request failed.")]
    public static partial void Failed(this ILogger log, Exception fault);

    [LoggerMessage(2, LogLevel.Critical, "The model cannot be served.")]
    public static partial void NotLoaded(this ILogger log, Exception fault);

    [LoggerMessage(3, LogLevel.Warning, "{Requests} requests were not answered before the end.")]
    public static partial void NotDrained(this ILogger log, long requests);
}
