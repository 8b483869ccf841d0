using System.Xml;
using System.Xml.Linq;

namespace ClipSharp.Cli.Tests.Reports;

/// <summary>A report's page as XML, which it is too.</summary>
internal static class ParsedPage
{
    public static XDocument Parse(string page)
    {
        using var reader = XmlReader.Create(new StringReader(page),
            new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader, LoadOptions.PreserveWhitespace);
    }

    public static IEnumerable<XElement> Elements(XContainer root, string name) =>
        root.Descendants().Where(e => e.Name.LocalName == name);

    public static IEnumerable<string> Texts(XContainer root, string name) => Elements(root, name).Select(e => e.Value);
}
