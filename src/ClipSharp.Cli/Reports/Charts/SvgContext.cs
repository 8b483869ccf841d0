using System.Globalization;
using System.Text;
using OxyPlot;

namespace ClipSharp.Cli.Reports.Charts;

/// <summary>Where OxyPlot draws: SVG whose texts are texts and whose colours are the style sheet's. Without ids, so that many
/// stand on one page; without clipping, for our axes hold all that is drawn.</summary>
internal sealed class SvgContext : RenderContextBase
{
    /// <summary>Pixels of a text, as the style sheet has them.</summary>
    public const double FontSize = 12;

    private readonly StringBuilder _svg = new();
    private int _clips; // the library looks whether all were ended

    /// <summary>What was drawn.</summary>
    public string Elements => _svg.ToString();

    public override int ClipCount => _clips;

    public override void PushClip(OxyRect clippingRectangle) => _clips++;

    public override void PopClip() => _clips--;

    public override void DrawLine(IList<ScreenPoint> points, OxyColor stroke, double thickness,
        EdgeRenderingMode edgeRenderingMode, double[] dashArray, LineJoin lineJoin)
    {
        if (points.Count > 1 && stroke.A > 0)
        {
            AppendPath(points, isClosed: false, OxyColors.Undefined, stroke, thickness, dashArray);
        }
    }

    public override void DrawPolygon(IList<ScreenPoint> points, OxyColor fill, OxyColor stroke, double thickness,
        EdgeRenderingMode edgeRenderingMode, double[] dashArray, LineJoin lineJoin)
    {
        if (points.Count > 1 && (fill.A > 0 || stroke.A > 0))
        {
            AppendPath(points, isClosed: true, fill, stroke, thickness, dashArray);
        }
    }

    public override void DrawEllipse(OxyRect rect, OxyColor fill, OxyColor stroke, double thickness,
        EdgeRenderingMode edgeRenderingMode)
    {
        _svg.Append(CultureInfo.InvariantCulture,
            $"<ellipse cx=\"{rect.Center.X:0.#}\" cy=\"{rect.Center.Y:0.#}\" rx=\"{rect.Width / 2:0.##}\" ry=\"{rect.Height / 2:0.##}\"");
        AppendStyle(fill, stroke, thickness, null);
    }

    public override void DrawText(ScreenPoint p, string text, OxyColor fill, string fontFamily, double fontSize,
        double fontWeight, double rotation, HorizontalAlignment horizontalAlignment, VerticalAlignment verticalAlignment,
        OxySize? maxSize)
    {
        if (string.IsNullOrEmpty(text))
        {
            return;
        }

        // Of a font's height about a fifth lies below the line; the middle of its digits is a third above it.
        var down = verticalAlignment switch { VerticalAlignment.Top => 0.8, VerticalAlignment.Middle => 0.34, _ => -0.2 }
            * fontSize;
        var anchor = horizontalAlignment switch
        {
            HorizontalAlignment.Left => "start",
            HorizontalAlignment.Right => "end",
            _ => "middle",
        };
        _svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{p.X:0.#}\" y=\"{p.Y + down:0.#}\" text-anchor=\"{anchor}\"");
        if (rotation != 0)
        {
            _svg.Append(CultureInfo.InvariantCulture, $" transform=\"rotate({rotation:0.#} {p.X:0.#} {p.Y:0.#})\"");
        }

        _svg.Append(CultureInfo.InvariantCulture,
            $" style=\"fill:{ChartColors.Css(fill)}{(fontWeight > FontWeights.Normal ? ";font-weight:600" : "")}\">{HtmlText.Escaped(text)}</text>");
    }

    /// <summary>About the room that a text takes: no two machines have the same fonts, so none is asked.</summary>
    public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight) =>
        string.IsNullOrEmpty(text) ? OxySize.Empty : new OxySize(text.Sum(Width) * fontSize, 1.2 * fontSize);

    // In parts of the font's height, those of a wide font.
    private static double Width(char letter) => letter switch
    {
        'i' or 'l' or 'j' or '.' or ',' or ':' or '\'' or '|' or ' ' or 'f' or 't' or 'r' => 0.42,
        'm' or 'w' or 'M' or 'W' or '%' or '@' => 0.97,
        >= '⺀' => 1,
        _ when char.IsUpper(letter) => 0.74,
        _ => 0.64,
    };

    private void AppendPath(IList<ScreenPoint> points, bool isClosed, OxyColor fill, OxyColor stroke, double thickness,
        double[]? dashes)
    {
        _svg.Append("<path d=\"");
        for (var i = 0; i < points.Count; i++)
        {
            _svg.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{points[i].X:0.##} {points[i].Y:0.##}");
        }

        _svg.Append(isClosed ? "Z\"" : "\"");
        AppendStyle(fill, stroke, thickness, dashes);
    }

    private void AppendStyle(OxyColor fill, OxyColor stroke, double thickness, double[]? dashes)
    {
        _svg.Append(" style=\"fill:").Append(ChartColors.Css(fill));
        AppendOpacity("fill", fill);
        if (stroke.A > 0 && thickness > 0)
        {
            _svg.Append(CultureInfo.InvariantCulture, $";stroke:{ChartColors.Css(stroke)};stroke-width:{thickness:0.##}");
            AppendOpacity("stroke", stroke);
            if (dashes is not null)
            {
                _svg.Append(";stroke-dasharray:").AppendJoin(' ',
                    dashes.Select(dash => (dash * thickness).ToString("0.##", CultureInfo.InvariantCulture)));
            }
        }

        _svg.Append("\"/>");
    }

    private void AppendOpacity(string what, OxyColor color)
    {
        if (color.A is > 0 and < 255)
        {
            _svg.Append(CultureInfo.InvariantCulture, $";{what}-opacity:{color.A / 255.0:0.##}");
        }
    }
}
