using ClipSharp.Data;

namespace ClipSharp.Tests.Data;

public sealed class ContactSheetTests
{
    [Fact]
    public void What_comes_from_the_data_cannot_become_markup()
    {
        using var folder = new TemporaryFolder();
        var tar = folder.Write("0.tar", new TarBuilder().Add("<b>k.jpg", OddInputs.Jpeg).Add("<b>k.txt", "<img src=x onerror=alert(1)> & \"so\"").Finish());

        ContactSheet.Write(folder["page.html"], Indexing.Gather(tar), "<script>", 10, TestContext.Current.CancellationToken);

        var page = File.ReadAllText(folder["page.html"]);
        Assert.Contains("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;so&quot;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
    }
}
