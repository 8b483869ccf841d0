using System.Net;

namespace ClipSharp.Cli.Reports;

/// <summary>Text for a page that is both HTML and XML.</summary>
internal static class HtmlText
{
    /// <summary>The text without markup of its own, for elements and quoted attributes. XML allows no control characters but
    /// three; the others become U+FFFD.</summary>
    public static string Escaped(string text) =>
        WebUtility.HtmlEncode(string.Concat(text.Select(c => c < ' ' && c is not ('\t' or '\n' or '\r') ? '\uFFFD' : c)));

    /// <summary>The same, and a long name such as "val/image_retrieval_recall@1" may be broken after its parts.</summary>
    public static string Breakable(string text) => Escaped(text)
        .Replace("/", "/<wbr/>", StringComparison.Ordinal).Replace("_", "_<wbr/>", StringComparison.Ordinal);
}
