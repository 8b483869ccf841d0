using SkiaSharp;

namespace ClipSharp.Shapes.Scenes;

/// <summary>Draws scenes, anti-aliased, as PNG files. Not thread-safe: one a thread.</summary>
internal sealed class SceneRenderer : IDisposable
{
    // Within the square from -1 to 1, a little over where a slim outline would look small.
    private static readonly string[] OutlineData =
    [
        "M-.95,0 A.95,.95 0 1 1 .95,0 A.95,.95 0 1 1 -.95,0 Z",
        "M-.83,-.83 H.83 V.83 H-.83 Z",
        "M0,-.98 L1,.76 H-1 Z",
        "M0,-1.08 L.29,-.37 L1.03,-.33 L.46,.15 L.64,.87 L0,.48 L-.64,.87 L-.46,.15 L-1.03,-.33 L-.29,-.37 Z",
        "M0,.96 C-.5,.56 -1.02,.15 -1.02,-.35 C-1.02,-.75 -.74,-.92 -.5,-.92 C-.25,-.92 -.08,-.78 0,-.56"
            + " C.08,-.78 .25,-.92 .5,-.92 C.74,-.92 1.02,-.75 1.02,-.35 C1.02,.15 .5,.56 0,.96 Z",
        "M-1,0 A1,1 0 1 1 1,0 A1,1 0 1 1 -1,0 Z M-.44,0 A.44,.44 0 1 0 .44,0 A.44,.44 0 1 0 -.44,0 Z",
        "M-.34,-.96 H.34 V-.34 H.96 V.34 H.34 V.96 H-.34 V.34 H-.96 V-.34 H-.34 Z",
    ];

    private readonly int _side;
    private readonly SKBitmap _bitmap;
    private readonly SKCanvas _canvas;
    private readonly SKPixmap _pixels;
    private readonly SKPaint _fill = new() { IsAntialias = true };
    private readonly SKPaint _line = new()
    {
        IsAntialias = true,
        Style = SKPaintStyle.Stroke,
        StrokeWidth = 0.13f,
        StrokeJoin = SKStrokeJoin.Miter,
    };
    private readonly SKPath[] _outlines = [.. OutlineData.Select(SKPath.ParseSvgPathData)];

    /// <param name="side">Pixels of width and height.</param>
    public SceneRenderer(int side)
    {
        _side = side;
        _bitmap = new SKBitmap(new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        _canvas = new SKCanvas(_bitmap);
        _pixels = _bitmap.PeekPixels()!;
    }

    /// <summary>The picture of a scene as a PNG file: 8-bit RGB.</summary>
    public byte[] Render(Scene scene)
    {
        DrawGround(scene);
        foreach (var shape in scene.Shapes)
        {
            DrawShape(shape);
        }

        using var data = _pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.Sub, 4))!;
        return data.ToArray();
    }

    public void Dispose()
    {
        Array.ForEach(_outlines, o => o.Dispose());
        _line.Dispose();
        _fill.Dispose();
        _pixels.Dispose();
        _canvas.Dispose();
        _bitmap.Dispose();
    }

    private void DrawGround(Scene scene)
    {
        var half = _side / 2f;
        var (sin, cos) = MathF.SinCos((float)scene.FadeAngle);
        using var fade = SKShader.CreateLinearGradient(
            new SKPoint(half - (half * cos), half - (half * sin)), new SKPoint(half + (half * cos), half + (half * sin)),
            [ToSkia(scene.Ground.From), ToSkia(scene.Ground.To)], SKShaderTileMode.Clamp);
        _fill.Shader = fade;
        _canvas.DrawPaint(_fill);
        _fill.Shader = null;
    }

    private void DrawShape(SceneShape shape)
    {
        var outline = _outlines[(int)shape.Kind.Outline];
        _canvas.Save();
        _canvas.Translate((float)(shape.X * _side), (float)(shape.Y * _side));
        _canvas.RotateRadians((float)shape.Rotation);
        _canvas.Scale((float)(shape.Radius * _side));
        _fill.Color = ToSkia(shape.Fill);
        _canvas.DrawPath(outline, _fill);
        if (shape.Kind.Texture != ShapeTexture.Plain)
        {
            _canvas.Save();
            _canvas.ClipPath(outline, SKClipOperation.Intersect, antialias: true);
            _canvas.RotateRadians((float)shape.MarkAngle);
            _fill.Color = ToSkia(shape.Mark);
            DrawMarks(shape);
            _canvas.Restore();

            // A rim in the colour: pale marks on a pale ground must not eat the outline.
            _line.Color = ToSkia(shape.Fill);
            _canvas.DrawPath(outline, _line);
        }

        _canvas.Restore();
    }

    private void DrawMarks(SceneShape shape)
    {
        const float Reach = 1.5f; // no corner of an outline lies farther out
        var period = (float)shape.MarkPeriod;
        var (firstX, firstY) = (-Reach - ((float)shape.MarkShift.X * period), -Reach - ((float)shape.MarkShift.Y * period));
        if (shape.Kind.Texture == ShapeTexture.Striped)
        {
            for (var x = firstX; x < Reach; x += period)
            {
                _canvas.DrawRect(x, -Reach, period / 2, 2 * Reach, _fill);
            }

            return;
        }

        for (var y = firstY; y < Reach; y += period)
        {
            for (var x = firstX; x < Reach; x += period)
            {
                _canvas.DrawCircle(x, y, period * 0.31f, _fill);
            }
        }
    }

    private static SKColor ToSkia(Rgb color) => new(color.Red, color.Green, color.Blue);
}
