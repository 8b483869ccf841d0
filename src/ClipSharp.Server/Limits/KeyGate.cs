using System.Security.Cryptography;
using System.Text;
using ClipSharp.Server.Requests;

namespace ClipSharp.Server.Limits;

/// <summary>Lets in who sends the key. Hashes of one length are compared, in a time that tells nothing of either.</summary>
internal sealed class KeyGate(string? key) : IEndpointFilter
{
    private const string Scheme = "Bearer ";

    private readonly byte[]? _key = key is { Length: > 0 } ? Hash(key) : null;

    /// <inheritdoc/>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (_key is null || (http.Request.Headers.Authorization is [{ } sent]
            && sent.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(Hash(sent[Scheme.Length..].Trim()), _key)))
        {
            return next(context);
        }

        http.Response.Headers.WWWAuthenticate = "Bearer";
        return ValueTask.FromResult<object?>(Problems.Of(http, StatusCodes.Status401Unauthorized,
            "A key is needed: Authorization: Bearer KEY."));
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
