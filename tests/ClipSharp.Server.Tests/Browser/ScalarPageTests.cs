using Microsoft.AspNetCore.Builder;

namespace ClipSharp.Server.Tests.Browser;

/// <summary>The page of the OpenAPI document in a browser.</summary>
public sealed class ScalarPageTests(ChromiumFixture browser) : IClassFixture<ChromiumFixture>
{
    [Fact]
    public async Task It_shows_the_routes_and_asks_nobody_else()
    {
        await using var server = await RunningServer.StartAsync();
        await ReadAsync(server, "/scalar");
    }

    [Fact]
    public async Task Below_a_prefix_it_reads_the_document_that_is_there()
    {
        await using var server = await RunningServer.StartAsync(
            builder => builder.Services.AddClipSharp("small", _ => RunningServer.Fake(new FakeEncoder())),
            app => app.MapGroup("/small").MapClipSharp("small"));
        await ReadAsync(server, "/small/scalar");
    }

    private async Task ReadAsync(RunningServer server, string route)
    {
        await using var opened = await browser.OpenAsync(server.Address);
        var page = opened.Page;
        await page.GotoAsync(route);
        await page.GetByText("Names pictures in plain words.").First.WaitForAsync();
        foreach (var heading in await page.GetByRole(Microsoft.Playwright.AriaRole.Heading).AllAsync())
        {
            await heading.ScrollIntoViewIfNeededAsync(); // what is loaded late is loaded now
        }

        await page.WaitForLoadStateAsync(Microsoft.Playwright.LoadState.NetworkIdle);
        Assert.Empty(opened.Outside);
        Assert.Empty(opened.Faults);
        var font = await page.EvaluateAsync<string>("() => [...document.fonts].map(font => font.family).join()");
        Assert.DoesNotContain("Inter", font, StringComparison.Ordinal);
    }
}
