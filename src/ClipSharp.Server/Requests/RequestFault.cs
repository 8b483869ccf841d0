namespace ClipSharp.Server.Requests;

/// <summary>A request that is not answered, with the status and the sentence that its caller gets.</summary>
/// <param name="status">An HTTP status of 400 or more.</param>
/// <param name="detail">What is wrong and what would be right; no path or type of this server.</param>
internal sealed class RequestFault(int status, string detail) : Exception(detail)
{
    /// <summary>The HTTP status.</summary>
    public int Status => status;

    /// <summary>Content that is wrong: 400.</summary>
    /// <param name="where">The member or field.</param>
    /// <param name="detail">What is wrong with it.</param>
    public static RequestFault Bad(string where, string detail) => new(StatusCodes.Status400BadRequest, $"{where}: {detail}");

    /// <summary>No room now: 429.</summary>
    public static RequestFault Full() => new(StatusCodes.Status429TooManyRequests,
        "Too many requests wait for the model. Come again in a second.");

    /// <summary>More than a request may have: 400.</summary>
    public static RequestFault TooMany(string what, long found, long most) => new(StatusCodes.Status400BadRequest,
        FormattableString.Invariant($"{what}: found {found}, at most {most} are taken."));
}
