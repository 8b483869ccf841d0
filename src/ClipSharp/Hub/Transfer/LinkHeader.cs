using System.Text.RegularExpressions;

namespace ClipSharp.Hub.Transfer;

/// <summary>The header by which an answer names its next page (RFC 8288).</summary>
internal static partial class LinkHeader
{
    /// <summary>The next page, or null.</summary>
    public static Uri? Next(HttpResponseMessage response, Uri page) =>
        response.Headers.TryGetValues("Link", out var values)
        && values.Select(value => NextLink().Match(value)).FirstOrDefault(match => match.Success) is { } match
        && Uri.TryCreate(page, match.Groups[1].Value, out var next)
            ? next
            : null;

    [GeneratedRegex("<([^<>]+)>\\s*;[^<]*rel=\"?next\"?(?:\\W|$)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NextLink();
}
