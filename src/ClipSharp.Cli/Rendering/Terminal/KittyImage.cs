using System.Text;
using ClipSharp.Images;

namespace ClipSharp.Cli.Rendering.Terminal;

/// <summary>A picture as kitty, Ghostty and others take it: a PNG file in base64, in parts.</summary>
internal static class KittyImage
{
    private const int PartLength = 4096; // the protocol's most

    /// <summary>The sequence that shows a picture; the cursor is behind it then.</summary>
    public static string Encode(RgbImage picture)
    {
        var data = Convert.ToBase64String(picture.ToPng());
        var text = new StringBuilder();
        for (var at = 0; at < data.Length; at += PartLength)
        {
            var part = data.AsSpan(at, Math.Min(PartLength, data.Length - at));
            // q=2: the terminal's answer would be typed into the shell.
            text.Append("\e_G").Append(at == 0 ? "a=T,f=100,q=2," : "").Append(at + part.Length < data.Length ? "m=1;" : "m=0;")
                .Append(part).Append("\e\\");
        }

        return text.ToString();
    }
}
