using System.Collections.Concurrent;
using ClipSharp.Data.Index;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Data.Pictures;

/// <summary>Decoded pictures of an index; every one that cannot be had is counted once, with its reason. Thread-safe.</summary>
/// <param name="index">The samples.</param>
/// <param name="limits">What is too large.</param>
/// <param name="keptBytes">How many bytes of decoded pictures are kept for the next time; 0 = none.</param>
internal sealed class PictureStore(SampleIndex index, DecodeLimits limits, long keptBytes)
{
    private readonly ConcurrentDictionary<int, RgbImage> _kept = new();
    private readonly ConcurrentDictionary<int, SkipReason> _broken = new();
    private long _bytesLeft = keptBytes;

    /// <summary>The pictures that could not be had.</summary>
    public SkipReport Skips { get; } = new();

    /// <summary>The picture of a sample, or null.</summary>
    /// <param name="sample">Which.</param>
    /// <param name="reader">The calling thread's own.</param>
    public RgbImage? Get(int sample, PictureReader reader)
    {
        if (_kept.TryGetValue(sample, out var image))
        {
            return image;
        }

        if (_broken.ContainsKey(sample))
        {
            return null;
        }

        if (!reader.TryRead(sample, out var bytes, out var detail))
        {
            return Broken(sample, SkipReason.ReadFailed, detail);
        }

        if (!ImageDecoder.TryDecode(bytes, limits, out image, out var fault))
        {
            return Broken(sample, ReasonOf(fault), "");
        }

        if (Volatile.Read(ref _bytesLeft) > 0)
        {
            Interlocked.Add(ref _bytesLeft, -(image!.Pixels.Length + (image.Alpha?.Length ?? 0)));
            _kept[sample] = image;
        }

        return image;
    }

    private RgbImage? Broken(int sample, SkipReason reason, string detail)
    {
        if (_broken.TryAdd(sample, reason))
        {
            Skips.Add(new Skip(reason, index.Picture(sample).File.Path, index.Key(sample), detail));
        }

        return null;
    }

    private static SkipReason ReasonOf(PictureFault fault) => fault switch
    {
        PictureFault.Empty => SkipReason.EmptyPicture,
        PictureFault.Truncated => SkipReason.TruncatedPicture,
        PictureFault.TooLarge => SkipReason.TooLarge,
        PictureFault.NotAPicture => SkipReason.NotAPicture,
        PictureFault.UnknownFormat => SkipReason.UnknownFormat,
        _ => SkipReason.CorruptPicture,
    };
}
