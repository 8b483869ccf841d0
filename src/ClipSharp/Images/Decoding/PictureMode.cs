namespace ClipSharp.Images.Decoding;

/// <summary>The mode in which Pillow opens a picture, as far as resizing depends on it.</summary>
internal enum PictureMode
{
    /// <summary>L and RGB, alpha or a clear colour set aside.</summary>
    Rgb,

    /// <summary>LA and RGBA: resized multiplied by alpha.</summary>
    Rgba,

    /// <summary>P and 1: resized by nearest neighbour whatever filter is asked.</summary>
    Indexed,

    /// <summary>I, from 16-bit grey: resized as integers; the conversion to RGB clips at 255.</summary>
    Grey16,

    /// <summary>CMYK, from JPEG.</summary>
    Cmyk,
}
