using Microsoft.AspNetCore.Mvc;

namespace ClipSharp.Server.Requests;

/// <summary>Errors as RFC 9457 has them, with the member <c>error</c> beside, where OpenAI's clients look for the
/// words.</summary>
internal static class Problems
{
    private const string Seconds = "1"; // the longest forward of a full batch is about that

    /// <summary>Words for a problem that nobody wrote any for: an unknown route, another method.</summary>
    public static void Complete(ProblemDetailsContext context)
    {
        if (context.ProblemDetails is { Detail: null } problem)
        {
            problem.Detail = problem.Status switch
            {
                StatusCodes.Status404NotFound => "There is no such route here.",
                StatusCodes.Status405MethodNotAllowed => "The route is there, but not for this method; the header Allow names those it takes.",
                _ => null,
            };
        }
    }

    /// <summary>A problem.</summary>
    /// <param name="http">The request; 429 and 503 get a Retry-After.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="detail">What is wrong, for the caller.</param>
    public static IResult Of(HttpContext http, int status, string detail)
    {
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            http.Response.Headers.RetryAfter = Seconds;
        }

        var problem = new ProblemDetails { Status = status, Detail = detail };
        problem.Extensions["error"] = new Dictionary<string, string>
        {
            ["message"] = detail,
            ["type"] = status < 500 ? "invalid_request_error" : "server_error",
        };
        return TypedResults.Problem(problem); // title and type are the status's own
    }
}
