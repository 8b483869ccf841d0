using System.Text.RegularExpressions;
using ClipSharp.Server.Page;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ClipSharp.Server.Tests.Browser;

/// <summary>The page in a browser that reaches this server alone: what a person sees, types and hears.</summary>
public sealed class PageTests(ChromiumFixture browser, ServedColours served) : IClassFixture<ChromiumFixture>,
    IClassFixture<ServedColours>
{
    private const string Cells = "#grid li button", Images = "#grid img[src]";

    // One picture is as the other, and each takes its time.
    private static readonly AxeRunContext FewOfEach = new()
    {
        Exclude = [new AxeSelector("#grid li:nth-child(n+4)"), new AxeSelector("#viewer-similar li:nth-child(n+4)")],
    };

    private static readonly AxeRunOptions All = new() { ResultTypes = [ResultType.Violations] };

    private static readonly AxeRunOptions ContrastAlone = new()
    {
        ResultTypes = [ResultType.Violations],
        RunOnly = new RunOnlyOptions { Type = "rule", Values = ["color-contrast"] },
    };

    private static readonly BrowserNewContextOptions Phone = new()
    {
        ViewportSize = new ViewportSize { Width = 390, Height = 844 },
        IsMobile = true,
        HasTouch = true,
    };

    [Fact]
    public async Task Words_find_pictures_while_they_are_typed_and_chips_add_and_take_away()
    {
        await using var opened = await OpenAsync();
        var page = opened.Page;
        await Expect(page.Locator("#served")).ToContainTextAsync("30 pictures");
        await Expect(page.Locator("#words")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("green");
        await Expect(First(page)).ToHaveAttributeAsync("aria-label", new Regex("something green, score"));
        await page.Keyboard.TypeAsync(" - 2:green + blue");
        await Expect(First(page)).ToHaveAttributeAsync("aria-label", new Regex("something blue"));
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".chip")).ToHaveTextAsync(["+green×", "−2:green×", "+blue×"]);
        await page.GetByLabel("blue is added: take it away").ClickAsync();
        await Expect(First(page)).ToHaveAttributeAsync("aria-label", new Regex("something red"));
        await page.GetByLabel("Remove 2:green").ClickAsync();
        await Expect(First(page)).ToHaveAttributeAsync("aria-label", new Regex("something green"));
        Assert.Contains("#search?q=green%20-%20blue", page.Url, StringComparison.Ordinal);
        await page.ReloadAsync();
        await Expect(page.Locator(".chip")).ToHaveTextAsync(["+green×", "−blue×"]);
        Clean(opened);
    }

    [Fact]
    public async Task A_picture_opens_with_those_like_it_and_searches_go_on_from_there()
    {
        await using var opened = await OpenAsync();
        var page = opened.Page;
        await page.Locator(Cells).Nth(4).ClickAsync();
        var viewer = page.Locator("#viewer");
        await Expect(viewer).ToBeVisibleAsync();
        await Expect(viewer.Locator("#viewer-image")).ToHaveAttributeAsync("src", new Regex("^blob:"));
        await Expect(viewer.Locator("#viewer-similar li")).ToHaveCountAsync(16);
        var title = await viewer.Locator("h2").InnerTextAsync();
        await viewer.Locator("#viewer-similar button").First.ClickAsync();
        await Expect(viewer.Locator("h2")).Not.ToHaveTextAsync(title);
        await page.Keyboard.PressAsync("Escape");
        await Expect(viewer).ToBeHiddenAsync();
        await Expect(page.Locator(Cells).Nth(4)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await viewer.GetByText("Search for similar").ClickAsync();
        await Expect(page.Locator(".chip")).ToHaveTextAsync([$"+{title}×"]);
        await Expect(page.Locator("#grid .score").First).ToHaveTextAsync("1.000");
        Clean(opened);
    }

    [Fact]
    public async Task A_picture_of_ones_own_is_searched_by_and_filters_hold()
    {
        await using var opened = await OpenAsync();
        var page = opened.Page;
        await page.SetInputFilesAsync("#search-file", served.Colours.Photo("blue.png"));
        await Expect(First(page)).ToHaveAttributeAsync("aria-label", new Regex("something blue"));
        await page.Locator("summary").ClickAsync();
        await page.FillAsync("#filter", "name = green*; size < 1MB");
        await Expect(First(page)).ToHaveAttributeAsync("aria-label", new Regex("something green"));
        await Expect(page.Locator(Cells)).ToHaveCountAsync(10);
        await page.FillAsync("#min-score", "0.9");
        await Expect(page.Locator("#found")).ToContainTextAsync("Nothing found");
        await page.FillAsync("#filter", "colour is red");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The filter cannot be read");
        await page.FillAsync("#filter", "");
        await page.FillAsync("#min-score", "");
        await Expect(page.GetByRole(AriaRole.Alert)).ToBeHiddenAsync();
        Clean(opened, "400");
    }

    [Fact]
    public async Task Bars_move_while_names_are_typed_and_what_is_no_picture_is_told()
    {
        await using var opened = await OpenAsync("#name");
        var page = opened.Page;
        await page.SetInputFilesAsync("#name-file", [served.Colours.Photo("blue.png"), served.Colours.Photo("red.png")]);
        await page.FillAsync("#labels", "red\ngreen");
        await Expect(page.Locator("#named")).ToHaveTextAsync("2 pictures, 2 names");
        await Expect(page.Locator("#pictures li.card").Filter(new() { HasText = "red.png" }).Locator(".best span"))
            .ToHaveTextAsync("red");
        await page.Locator("#labels").PressSequentiallyAsync("\nblue");
        var blue = page.Locator("#pictures li.card").Filter(new() { HasText = "blue.png" });
        await Expect(blue.Locator(".best span")).ToHaveTextAsync("blue");
        await Expect(blue.Locator(".bars span")).ToHaveTextAsync(["red", "green", "blue"]);
        await page.SetInputFilesAsync("#name-file", new FilePayload
        {
            Name = "broken.png",
            MimeType = "image/png",
            Buffer = [1, 2, 3, 4],
        });
        await Expect(page.Locator("#pictures .fault")).ToContainTextAsync("picture");
        await page.GetByLabel("Remove blue.png").ClickAsync();
        await Expect(page.Locator("#named")).ToHaveTextAsync("1 picture, 3 names");
        Clean(opened, "400");
    }

    [Fact]
    public async Task All_of_it_works_by_keyboard()
    {
        await using var opened = await OpenAsync();
        var page = opened.Page;
        await Expect(page.Locator(Images).First).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Tab"); // the choice of a picture
        await page.Keyboard.PressAsync("Tab"); // filters
        await page.Keyboard.PressAsync("Tab"); // the grid: one stop, however many pictures
        await Expect(page.Locator(Cells).First).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(page.Locator(Cells).Nth(2)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(page.Locator("[data-number='29'] button")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Home");
        await Expect(page.Locator("[data-number='0'] button")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#viewer")).ToBeVisibleAsync();
        await page.GetByText("Name it").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#name-title")).ToBeVisibleAsync();
        await Expect(page.Locator("#pictures li.card")).ToHaveCountAsync(1);
        Clean(opened);
    }

    [Theory]
    [InlineData(ColorScheme.Light, false)]
    [InlineData(ColorScheme.Dark, false)]
    [InlineData(ColorScheme.Light, true)]
    public async Task Nothing_bars_the_way_of_people_who_see_or_hear_otherwise(ColorScheme scheme, bool isPhone)
    {
        var options = isPhone ? Phone : new BrowserNewContextOptions();
        options.ColorScheme = scheme;
        await using var opened = await browser.OpenAsync(served.Server.Address, options);
        var page = opened.Page;
        await page.GotoAsync("/");
        await Expect(page.Locator(Images).First).ToBeVisibleAsync();
        var rules = scheme == ColorScheme.Dark ? ContrastAlone : All; // of colours alone: all else is as in the light
        await Accessible(page, "browsing", rules);
        await page.FillAsync("#words", "red - blue");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".chip")).ToHaveCountAsync(2);
        await Expect(page.Locator("#grid .score").First).ToBeVisibleAsync();
        await page.Locator("summary").ClickAsync();
        await Accessible(page, "searching", rules);
        await page.FillAsync("#filter", "nonsense");
        await Expect(page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Accessible(page, "a fault", rules);
        await page.FillAsync("#filter", "");
        await Expect(page.GetByRole(AriaRole.Alert)).ToBeHiddenAsync();
        await page.Locator(Cells).First.ClickAsync();
        await Expect(page.Locator("#viewer-similar li")).ToHaveCountAsync(16);
        await Accessible(page, "a picture", rules);
        await page.Keyboard.PressAsync("Escape");
        await page.GotoAsync("/#name");
        await Accessible(page, "naming, empty", rules);
        await page.SetInputFilesAsync("#name-file", served.Colours.Photo("red.png"));
        await page.FillAsync("#labels", "red\ngreen");
        await Expect(page.Locator(".best")).ToHaveCountAsync(1);
        await Accessible(page, "naming", rules);
        var overflow = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth");
        Assert.True(overflow <= 0, $"the page is {overflow} pixels wider than the window");
    }

    [Fact]
    public async Task A_server_that_is_gone_is_told_and_asked_again()
    {
        var server = await served.Colours.StartAsync();
        await using var opened = await browser.OpenAsync(server.Address);
        var page = opened.Page;
        await page.GotoAsync("/");
        await Expect(page.Locator(Images).First).ToBeVisibleAsync();
        await server.DisposeAsync();
        await page.FillAsync("#words", "red");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The server does not answer");
        await Expect(page.GetByText("Try again")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_server_with_a_key_asks_for_it_once()
    {
        await using var server = await served.Colours.StartAsync(options => options.ApiKey = "open sesame");
        await using var opened = await browser.OpenAsync(server.Address);
        var page = opened.Page;
        await page.GotoAsync("/");
        await page.FillAsync("#key-value", "open sesame");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(Images).First).ToBeVisibleAsync();
        Clean(opened, "401");
    }

    [Fact]
    public async Task Without_an_index_names_come_first_and_search_says_how_to_have_one()
    {
        await using var server = await RunningServer.StartAsync();
        await using var opened = await browser.OpenAsync(server.Address);
        await opened.Page.GotoAsync("/");
        await Expect(opened.Page.Locator("#name-title")).ToBeVisibleAsync();
        await opened.Page.GetByRole(AriaRole.Link, new() { Name = "Search" }).ClickAsync();
        await Expect(opened.Page.Locator("#no-index")).ToContainTextAsync("clipsharp serve --index");
        await Accessible(opened.Page, "no index", All);
        Clean(opened);
    }

    [Fact]
    public async Task A_grid_of_a_hundred_thousand_keeps_few_of_them_in_the_page()
    {
        await using var server = await RunningServer.StartAsync(
            configure: options => options.OpenStore = _ => new ManyPictures());
        await using var opened = await browser.OpenAsync(server.Address);
        var page = opened.Page;
        await page.GotoAsync("/");
        await Expect(page.Locator("#served")).ToContainTextAsync("100,000 pictures");
        await page.Locator(Cells).First.FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(page.Locator(":focus")).ToHaveAttributeAsync("aria-label", "picture 99999");
        await page.EvaluateAsync("scrollTo(0, document.documentElement.scrollHeight / 2)");
        await Expect(page.Locator("[aria-label='picture 50000']")).ToBeVisibleAsync();
        Assert.InRange(await page.Locator(Cells).CountAsync(), 10, 200);
    }

    [Fact]
    public async Task Below_a_prefix_the_page_finds_its_parts_and_its_server()
    {
        await using var server = await RunningServer.StartAsync(
            builder => builder.Services.AddClipSharp(_ => served.Colours.Clip(), options => options.Index = served.Colours.Index),
            app =>
            {
                var group = app.MapGroup("/clip");
                group.MapClipSharp();
                group.MapClipSharpPage();
            });
        await server.Served.Ready.WaitAsync(TestContext.Current.CancellationToken);
        await using var opened = await browser.OpenAsync(server.Address);
        await opened.Page.GotoAsync("/clip");
        await Expect(opened.Page.Locator(Images).First).ToBeVisibleAsync();
        Assert.EndsWith("/clip/", new Uri(opened.Page.Url).AbsolutePath, StringComparison.Ordinal);
        Clean(opened);
    }

    [Fact]
    public async Task Scripts_of_others_would_not_run()
    {
        using var reply = await served.Server.Client.GetAsync(new Uri("/", UriKind.Relative),
            TestContext.Current.CancellationToken);
        var policy = Assert.Single(reply.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(reply.Headers.GetValues("X-Content-Type-Options")));
        await using var opened = await OpenAsync();
        await opened.Page.EvaluateAsync("document.body.append(Object.assign(document.createElement('script'), "
            + "{ textContent: 'window.isOpen = true' }))");
        Assert.False(await opened.Page.EvaluateAsync<bool>("window.isOpen === true"));
    }

    private async Task<ChromiumPage> OpenAsync(string view = "")
    {
        var opened = await browser.OpenAsync(served.Server.Address);
        await opened.Page.GotoAsync("/" + view);
        return opened;
    }

    private static ILocator First(IPage page) => page.Locator("[data-number='0'] button");

    private static async Task Accessible(IPage page, string state, AxeRunOptions rules)
    {
        var result = await page.RunAxe(FewOfEach, rules);
        Assert.True(result.Violations.Length == 0, state + ": " + string.Join("; ", result.Violations.Select(fault =>
            $"{fault.Id}: {fault.Help} ({string.Join(", ", fault.Nodes.Select(node => node.Html))})")));
    }

    // A browser reports a refused request on its console; anything else is a fault of the page.
    private static void Clean(ChromiumPage opened, string expected = "nothing")
    {
        Assert.Empty(opened.Outside);
        Assert.DoesNotContain(opened.Faults, fault => !fault.Contains(expected, StringComparison.Ordinal));
    }
}
