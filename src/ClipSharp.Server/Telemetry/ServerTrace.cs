using System.Diagnostics;

namespace ClipSharp.Server.Telemetry;

/// <summary>Spans of a request's parts, below the span that ASP.NET Core opens for the request, for any reader of
/// System.Diagnostics; they cost nothing where nobody listens. Decoding is a span of the source "ClipSharp" below
/// encode.</summary>
internal static class ServerTrace
{
    /// <summary>The source's name.</summary>
    public const string Name = "ClipSharp.Server";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>Begins a part that ends with the caller's block.</summary>
    public static Activity? Start(string part) => Source.StartActivity($"clipsharp.{part}");

    /// <summary>Begins a part that ends elsewhere; others that begin meanwhile stand beside it, not below.</summary>
    public static Activity? StartAside(string part)
    {
        var outer = Activity.Current;
        var begun = Start(part);
        Activity.Current = outer;
        return begun;
    }
}
