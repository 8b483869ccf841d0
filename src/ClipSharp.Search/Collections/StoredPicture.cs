using System.Security.Cryptography;
using ClipSharp.Data.Shards;
using ClipSharp.Files.Reading;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Search.Collections;

/// <summary>Pictures of a store where they lie, for people to look at.</summary>
public static class StoredPicture
{
    /// <summary>A picture upright, on white, no larger than asked for; JPEGs are decoded smaller where that is enough.</summary>
    /// <param name="picture">Which.</param>
    /// <param name="side">The longer side at most, in pixels; smaller pictures stay as they are.</param>
    /// <param name="limits">What is too large; null = the defaults.</param>
    /// <exception cref="ClipException">It is gone or another one now (NoInput), the disk fails (InputOutput), or it cannot be
    /// decoded (Data).</exception>
    public static RgbImage Thumbnail(IndexedPicture picture, int side, DecodeLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        limits = (limits ?? DecodeLimits.Default) with { JpegShortSide = side };
        var bytes = Read(picture, limits);
        if (!ImageDecoder.TryDecode(bytes, limits, out var decoded, out var fault, applyOrientation: true))
        {
            throw PictureRefusal.Of(fault, bytes, picture.Name, limits);
        }

        var image = decoded!.Over(255, 255, 255);
        var longer = Math.Max(image.Width, image.Height);
        if (longer <= side)
        {
            return image;
        }

        var (width, height) = (Scaled(image.Width), Scaled(image.Height));
        return new RgbImage(width, height, Resampler.Resize(image.View, width, height, ResampleFilter.Bicubic));

        int Scaled(int length) => Math.Max(1, (int)Math.Round((double)length * side / longer));
    }

    private static byte[] Read(IndexedPicture picture, DecodeLimits limits)
    {
        if (picture.Place.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
        {
            throw Gone(picture, "in a Parquet file, which is not shown yet");
        }

        if (ShardPlace.IsRemote(picture.Place))
        {
            throw Gone(picture, "in a shard elsewhere, which nothing is fetched from to be shown");
        }

        try
        {
            using var file = File.OpenHandle(picture.Place);
            var bytes = new byte[ArrayLength.Of("bytes", Math.Min(picture.Length, limits.MaxFileBytes))];
            var read = SteadyRead.At(file, picture.Place, bytes, picture.Offset);
            var isSame = read == bytes.Length && (picture.Hash.Length == 0 || bytes.Length < picture.Length
                || Convert.ToHexStringLower(SHA256.HashData(bytes)) == picture.Hash);
            return isSame ? bytes : throw Gone(picture, "changed since it was indexed");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Gone(picture, e.Message, e);
        }
    }

    private static ClipException Gone(IndexedPicture picture, string found, Exception? cause = null) => new(ClipError.NoInput,
        "The picture cannot be shown", picture.Name, found, "the picture that was indexed", "Index again.", cause);
}
