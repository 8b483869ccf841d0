using Microsoft.Playwright;

namespace ClipSharp.Server.Tests.Browser;

/// <summary>The chromium or chrome of this machine, started once for a class of tests. Nothing is downloaded: without one on the
/// PATH the tests are skipped.</summary>
public sealed class ChromiumFixture : IAsyncLifetime
{
    private static readonly string[] Names =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chrome.exe"];

    // Root has no sandbox, and a test needs no news from the browser's maker.
    private static readonly string[] Arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--no-first-run"];

    private IPlaywright? _driver;
    private IBrowser? _browser;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Find() is { } program)
        {
            _driver = await Playwright.CreateAsync();
            _browser = await _driver.Chromium.LaunchAsync(
                new BrowserTypeLaunchOptions { ExecutablePath = program, Args = Arguments });
        }
    }

    /// <summary>A page in a profile of its own, which reaches one server and nothing else. Skips the test where there is no
    /// browser.</summary>
    /// <param name="server">The one host and port that are reached.</param>
    /// <param name="options">Size, colour scheme and the like.</param>
    public async Task<ChromiumPage> OpenAsync(Uri server, BrowserNewContextOptions? options = null)
    {
        Assert.SkipWhen(_browser is null, "There is no chromium or chrome on the PATH.");
        options ??= new BrowserNewContextOptions();
        options.BaseURL = server.ToString();
        var context = await _browser.NewContextAsync(options);
        try
        {
            return await ChromiumPage.OpenAsync(context, server);
        }
        catch
        {
            await context.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _driver?.Dispose();
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Where(folder => folder.Length > 0)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
}
