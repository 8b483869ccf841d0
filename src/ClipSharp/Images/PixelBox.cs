namespace ClipSharp.Images;

/// <summary>A rectangle of whole pixels.</summary>
/// <param name="X">First column.</param>
/// <param name="Y">First row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct PixelBox(int X, int Y, int Width, int Height)
{
    // Subtracted, not added: no sum overflows.
    internal bool IsInside(int width, int height) =>
        X >= 0 && Y >= 0 && Width >= 1 && Height >= 1 && Width <= width - X && Height <= height - Y;
}
