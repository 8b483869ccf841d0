using System.Text;
using System.Xml.Linq;
using ClipSharp.Cli.Reports;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Data.Sources;

namespace ClipSharp.Cli.Tests.Reports;

public sealed class ContactSheetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_comes_from_the_data_cannot_become_markup()
    {
        Write(_folder, "<b>k", "<img src=x onerror=alert(1)> & \"so\"");
        var page = File.ReadAllText(_folder["page.html"]);
        Assert.Contains("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;so&quot;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_a_page_as_reports_are()
    {
        Write(_folder, "k", "a red square");
        var page = File.ReadAllText(_folder["page.html"]);
        Assert.Equal("<script>", Assert.Single(XDocument.Parse(page[page.IndexOf("<html", StringComparison.Ordinal)..])
            .Descendants("h1")).Value);
        Assert.Contains("prefers-color-scheme: dark", page, StringComparison.Ordinal);
        Assert.Contains("<p class=\"note\">1 of 1 samples.</p>", page, StringComparison.Ordinal);
    }

    private static void Write(TemporaryFolder folder, string key, string caption)
    {
        ShardWriter.Write(folder["0.tar"],
            [new(key, "png", ColourPictures.Png(0)), new(key, "txt", Encoding.UTF8.GetBytes(caption))]);
        var index = SampleIndex.Build(SampleSources.Open(folder["0.tar"], new DataOptions()),
            cancel: TestContext.Current.CancellationToken);
        ContactSheet.Write(folder["page.html"], index, "<script>", 10, PictureOptions.Default,
            TestContext.Current.CancellationToken);
    }
}
