using System.Buffers;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace ClipSharp.Images.Decoding;

/// <summary>Skia's decoders: a file's pixels as RGB and alpha, colour profile not applied.</summary>
internal static class SkiaPixels
{
    private const int BandBytes = 1 << 20;
    private const int MostRented = 1 << 24; // the array pool keeps what it lent

    /// <summary>Decodes the first frame.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="limits">What is too large.</param>
    /// <param name="isRented">Whether a JPEG's pixels may be of the array pool (see <see cref="RgbImage.Return"/>).</param>
    /// <param name="image">The picture, or null.</param>
    public static unsafe PictureFault Decode(ReadOnlySpan<byte> file, DecodeLimits limits, bool isRented, out RgbImage? image)
    {
        image = null;
        fixed (byte* bytes = file)
        {
            using var data = SKData.Create((nint)bytes, file.Length);
            using var codec = SKCodec.Create(data);
            if (codec is null)
            {
                return PictureFault.Corrupt;
            }

            var isJpeg = codec.EncodedFormat == SKEncodedImageFormat.Jpeg;
            var (width, height) = isJpeg
                ? JpegDraft.SizeOf(codec.Info.Width, codec.Info.Height, limits)
                : (codec.Info.Width, codec.Info.Height);
            if (!limits.Allow(width, height))
            {
                return PictureFault.TooLarge;
            }

            var alphaType = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
            var info = new SKImageInfo(width, height, SKColorType.Rgba8888, alphaType);
            image = isJpeg ? InBands(codec, info, isRented) : AtOnce(codec, info);
            image = image is null ? null : image with { Orientation = (int)codec.EncodedOrigin };
            return image is null ? PictureFault.Corrupt : PictureFault.None;
        }
    }

    // Some rows at a time: Skia's four bytes a pixel never stand beside our three. Its other decoders cannot.
    private static unsafe RgbImage? InBands(SKCodec codec, SKImageInfo info, bool isRented)
    {
        if (codec.StartScanlineDecode(info) != SKCodecResult.Success)
        {
            return null;
        }

        var length = 3 * info.Width * info.Height;
        isRented &= length <= MostRented;
        var rgb = isRented ? ArrayPool<byte>.Shared.Rent(length) : GC.AllocateUninitializedArray<byte>(length);
        var image = new RgbImage(info.Width, info.Height, rgb) { IsRented = isRented };
        var rows = Math.Clamp(BandBytes / info.RowBytes, 1, info.Height);
        var rented = ArrayPool<byte>.Shared.Rent(rows * info.RowBytes);
        try
        {
            fixed (byte* band = rented)
            {
                for (var y = 0; y < info.Height; y += rows)
                {
                    var count = Math.Min(rows, info.Height - y);
                    if (codec.GetScanlines((nint)band, count, info.RowBytes) < count)
                    {
                        image.Return();
                        return null;
                    }

                    RgbaRows.TakeColours(rented.AsSpan(0, count * info.RowBytes),
                        image.Pixels.AsSpan(3 * y * info.Width, 3 * count * info.Width));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return image;
    }

    // Not of the array pool, which would keep a gigabyte for later.
    private static unsafe RgbImage? AtOnce(SKCodec codec, SKImageInfo info)
    {
        var pixels = NativeMemory.Alloc((nuint)info.BytesSize64);
        try
        {
            if (codec.GetPixels(info, (nint)pixels) != SKCodecResult.Success)
            {
                return null;
            }

            var rgba = new ReadOnlySpan<byte>(pixels, info.BytesSize);
            var rgb = new byte[rgba.Length / 4 * 3];
            RgbaRows.TakeColours(rgba, rgb);
            return new RgbImage(info.Width, info.Height, rgb,
                info.AlphaType == SKAlphaType.Opaque ? null : RgbaRows.TakeAlpha(rgba));
        }
        finally
        {
            NativeMemory.Free(pixels);
        }
    }
}
