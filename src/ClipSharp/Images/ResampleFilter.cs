namespace ClipSharp.Images;

/// <summary>Pillow's resampling filters, by their support in source pixels when enlarging.</summary>
public enum ResampleFilter
{
    /// <summary>0.5: the mean of the pixels covered.</summary>
    Box,

    /// <summary>1: a triangle.</summary>
    Bilinear,

    /// <summary>1: sharper than the triangle.</summary>
    Hamming,

    /// <summary>2: cubic convolution with a = −0.5; the reference's.</summary>
    Bicubic,

    /// <summary>3: a windowed sinc.</summary>
    Lanczos,
}
