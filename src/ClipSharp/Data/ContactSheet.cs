using System.Globalization;
using System.Net;
using System.Text;
using ClipSharp.Files;
using ClipSharp.Images;

namespace ClipSharp.Data;

/// <summary>One HTML page, complete in itself, with pictures spread evenly over an index and their captions.</summary>
public static class ContactSheet
{
    private const int Side = 144;

    private const string Style = """
        body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fafafa; }
        h1 { font-size: 1.3em; } p { color: #555; }
        main { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 12px; }
        figure { margin: 0; padding: 10px; background: #fff; border: 1px solid #ddd; border-radius: 6px; display: flex; gap: 10px; }
        figure > * { min-width: 0; } img { width: 144px; height: 144px; flex: none; } ol { margin: 0; padding-left: 1.3em; }
        figcaption { overflow-wrap: anywhere; } small { color: #888; display: block; }
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="path">Where.</param>
    /// <param name="index">The samples.</param>
    /// <param name="title">What the data is called.</param>
    /// <param name="count">Pictures on the page, fewer where there are fewer.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The page cannot be written.</exception>
    public static void Write(string path, SampleIndex index, string title, int count, CancellationToken cancel)
    {
        count = Math.Clamp(count, 1, index.Count);
        var shown = Enumerable.Range(0, count).Select(i => (int)((long)i * index.Count / count)).ToArray();
        var config = new PreprocessConfig { ResizeMode = "longest", FillColor = 255, Background = "white" };
        var reader = new EvaluationReader(index.Select(shown), new ImagePreprocessor(config, Side), batchSize: 32);

        var body = new StringBuilder();
        foreach (var batch in reader.Read(cancel))
        {
            for (var row = 0; row < batch.SampleIds.Length; row++)
            {
                Append(body, index, shown[batch.SampleIds[row]], batch.Pixels.Picture(row));
            }
        }

        AtomicFile.WriteText(path, $"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>{Escape(title)}</title>
            <style>{Style}</style>
            <h1>{Escape(title)}</h1>
            <p>{count} of {index.Count.ToString("N0", CultureInfo.InvariantCulture)} samples{(reader.Skips.Total > 0 ? $"; broken, not shown: {reader.Skips}" : "")}.</p>
            <main>
            {body}</main>
            </html>

            """);
    }

    private static void Append(StringBuilder body, SampleIndex index, int sample, ReadOnlySpan<byte> planes)
    {
        body.Append(CultureInfo.InvariantCulture, $"<figure><img alt=\"\" src=\"data:image/png;base64,{Convert.ToBase64String(RgbImage.FromPlanes(planes, Side, Side).ToPng())}\">");
        body.Append("<figcaption><ol>");
        foreach (var caption in index.Captions(sample))
        {
            body.Append(CultureInfo.InvariantCulture, $"<li>{Escape(caption)}</li>");
        }

        var named = index.Class(sample) >= 0 ? string.Create(CultureInfo.InvariantCulture, $", class {index.Class(sample)}") : "";
        body.Append(CultureInfo.InvariantCulture, $"</ol><small>{Escape(index.Key(sample))}{named}</small></figcaption></figure>\n");
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
