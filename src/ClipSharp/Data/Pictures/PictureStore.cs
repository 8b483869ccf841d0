using System.Collections.Concurrent;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Images.Formats;

namespace ClipSharp.Data.Pictures;

/// <summary>Decoded pictures of an index; every one that cannot be had is counted once, with its reason. Thread-safe.</summary>
/// <param name="index">The samples.</param>
/// <param name="options">What is too large, and what to do where a disk fails.</param>
/// <param name="keptBytes">How many bytes of decoded pictures are kept for the next time; 0 = none.</param>
internal sealed class PictureStore(SampleIndex index, PictureOptions options, long keptBytes)
{
    private readonly ConcurrentDictionary<int, RgbImage> _kept = new();
    private readonly ConcurrentDictionary<int, SkipReason> _counted = new();
    private readonly Lock _telling = new();
    private long _bytesLeft = keptBytes;

    /// <summary>The pictures that could not be had.</summary>
    public SkipReport Skips { get; } = new();

    /// <summary>The picture of a sample, or null.</summary>
    /// <param name="sample">Which.</param>
    /// <param name="reader">The calling thread's own.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput), and the options do not say to go on.</exception>
    public RgbImage? Get(int sample, PictureReader reader)
    {
        if (_kept.TryGetValue(sample, out var image))
        {
            return image;
        }

        // What cannot be decoded stays so; what cannot be read may be read the next time.
        if (_counted.TryGetValue(sample, out var reason) && reason != SkipReason.ReadFailed)
        {
            return null;
        }

        if (!TryRead(sample, reader, out var bytes, out var detail))
        {
            return LeftOut(sample, SkipReason.ReadFailed, detail);
        }

        if (!ImageDecoder.TryDecode(bytes, options.Limits, out image, out var fault))
        {
            var isTold = fault is PictureFault.TooLarge or PictureFault.UnknownFormat
                || PictureFormat.Of(bytes) is { Structure: null };
            return LeftOut(sample, ReasonOf(fault), isTold ? PictureRefusal.Found(fault, bytes) : "");
        }

        if (Volatile.Read(ref _bytesLeft) > 0)
        {
            Interlocked.Add(ref _bytesLeft, -(image!.Pixels.Length + (image.Alpha?.Length ?? 0)));
            _kept[sample] = image;
        }

        return image;
    }

    private bool TryRead(int sample, PictureReader reader, out ReadOnlySpan<byte> bytes, out string detail)
    {
        try
        {
            return reader.TryRead(sample, out bytes, out detail, options.Limits);
        }
        catch (ClipException failure) when (failure.Kind == ClipError.InputOutput && options.SkipReadErrors)
        {
            bytes = default;
            detail = ReadFailure.Detail(failure);
            return false;
        }
    }

    private RgbImage? LeftOut(int sample, SkipReason reason, string detail)
    {
        if (_counted.TryAdd(sample, reason))
        {
            var skip = new Skip(reason, index.Picture(sample).File.Path, index.Key(sample), detail);
            Skips.Add(skip);
            if (reason == SkipReason.ReadFailed)
            {
                lock (_telling)
                {
                    options.OnReadError?.Invoke(skip);
                }
            }
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
