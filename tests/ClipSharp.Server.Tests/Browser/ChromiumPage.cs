using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace ClipSharp.Server.Tests.Browser;

/// <summary>A page of a browser, and what it wanted from elsewhere or found wrong.</summary>
public sealed class ChromiumPage : IAsyncDisposable
{
    private static readonly string[] OfThePage = ["data", "blob", "about"]; // schemes that reach nothing

    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _outside = new();
    private readonly ConcurrentQueue<string> _faults = new();

    private ChromiumPage(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>Addresses of other servers that were asked for, each of which was refused.</summary>
    public IReadOnlyCollection<string> Outside => _outside;

    /// <summary>Errors of scripts, and what they wrote to the console as errors.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    internal static async Task<ChromiumPage> OpenAsync(IBrowserContext context, Uri server)
    {
        var page = await context.NewPageAsync();
        var opened = new ChromiumPage(context, page);
        await context.RouteAsync("**/*", async route =>
        {
            var asked = new Uri(route.Request.Url);
            if (asked.Authority == server.Authority || OfThePage.Contains(asked.Scheme))
            {
                await route.ContinueAsync();
                return;
            }

            opened._outside.Enqueue(route.Request.Url);
            await route.AbortAsync();
        });
        await context.RouteWebSocketAsync("**/*", socket =>
        {
            opened._outside.Enqueue(socket.Url);
            _ = socket.CloseAsync();
        });
        page.PageError += (_, fault) => opened._faults.Enqueue(fault);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                opened._faults.Enqueue(message.Text);
            }
        };
        return opened;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
