namespace ClipSharp.Server.Tests.Browser;

/// <summary>The browser of these tests reaches the server under test and nothing else.</summary>
public sealed class ChromiumFixtureTests(ChromiumFixture browser) : IClassFixture<ChromiumFixture>
{
    [Fact]
    public async Task What_a_page_wants_from_elsewhere_is_refused_and_told()
    {
        await using var server = await RunningServer.StartAsync();
        await using var opened = await browser.OpenAsync(server.Address);
        await opened.Page.GotoAsync("/health/live");
        Assert.Equal("live\n", await opened.Page.InnerTextAsync("pre"));
        Assert.Empty(opened.Outside);
        Assert.Equal("refused", await opened.Page.EvaluateAsync<string>(
            "() => fetch('http://example.com/font.woff2').then(() => 'answered', () => 'refused')"));
        Assert.Equal(["http://example.com/font.woff2"], opened.Outside);
        Assert.NotEmpty(opened.Faults);
    }
}
