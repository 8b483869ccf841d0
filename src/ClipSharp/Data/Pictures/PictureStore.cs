using System.Collections.Concurrent;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Data.Sources;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Images.Formats;

namespace ClipSharp.Data.Pictures;

/// <summary>Decoded pictures of a set; every one that cannot be had is counted once, with its reason. Thread-safe.</summary>
/// <param name="set">The samples.</param>
/// <param name="options">What is too large, and what to do where a disk fails.</param>
/// <param name="keptBytes">How many bytes of decoded pictures are kept for the next time; 0 = none.</param>
/// <param name="onSkip">Told of each that is counted; null = nobody.</param>
/// <param name="isRented">Whether who gets a picture gives it back (<see cref="RgbImage.Return"/>); only where none is
/// kept.</param>
internal sealed class PictureStore(ITrainingSet set, PictureOptions options, long keptBytes, Action<long, Skip>? onSkip = null,
    bool isRented = false)
{
    private readonly ConcurrentDictionary<long, (RgbImage Image, SampleTexts Texts)> _kept = new();
    private readonly ConcurrentDictionary<long, SkipReason> _counted = new();
    private readonly Lock _telling = new();
    private long _bytesLeft = keptBytes;

    /// <summary>The pictures that could not be had.</summary>
    public SkipReport Skips { get; } = new();

    /// <summary>The picture of a sample, or null.</summary>
    /// <param name="sample">Which.</param>
    /// <param name="reader">The calling thread's own.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput), and the options do not say to go on.</exception>
    public RgbImage? Get(long sample, ISampleReader reader) => Get(sample, reader, ahead: null, out _);

    /// <summary>The picture of a sample, or null, and its texts.</summary>
    /// <param name="sample">Which.</param>
    /// <param name="reader">The calling thread's own.</param>
    /// <param name="ahead">What was read ahead and holds the sample, or null.</param>
    /// <param name="texts">What is said of it.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput), and the options do not say to go on.</exception>
    public RgbImage? Get(long sample, ISampleReader reader, SampleRun? ahead, out SampleTexts texts)
    {
        if (_kept.TryGetValue(sample, out var kept))
        {
            texts = kept.Texts;
            return kept.Image;
        }

        // What cannot be decoded stays so; what cannot be read may be read the next time.
        texts = default;
        ReadOnlySpan<byte> bytes = default;
        if (_counted.TryGetValue(sample, out var reason) && reason != SkipReason.ReadFailed)
        {
            return null;
        }

        var detail = "";
        if ((ahead is null || !ahead.TryGet(sample, out bytes, out texts))
            && !TryRead(sample, reader, out bytes, out texts, out detail))
        {
            return LeftOut(sample, texts.Key, SkipReason.ReadFailed, detail);
        }

        if (!ImageDecoder.TryDecode(bytes, options.Limits, isRented, out var image, out var fault))
        {
            var isTold = fault is PictureFault.TooLarge or PictureFault.UnknownFormat
                || PictureFormat.Of(bytes) is { Structure: null };
            return LeftOut(sample, texts.Key, ReasonOf(fault), isTold ? PictureRefusal.Found(fault, bytes) : "");
        }

        if (Volatile.Read(ref _bytesLeft) > 0)
        {
            Interlocked.Add(ref _bytesLeft, -(image!.Pixels.Length + (image.Alpha?.Length ?? 0)));
            _kept[sample] = (image, texts);
        }

        return image;
    }

    private bool TryRead(
        long sample, ISampleReader reader, out ReadOnlySpan<byte> bytes, out SampleTexts texts, out string detail)
    {
        try
        {
            return reader.TryRead(sample, options.Limits, out bytes, out texts, out detail);
        }
        catch (ClipException failure) when (failure.Kind == ClipError.InputOutput && options.SkipReadErrors)
        {
            bytes = default;
            (texts, detail) = (default, ReadFailure.Detail(failure));
            return false;
        }
    }

    private RgbImage? LeftOut(long sample, string? key, SkipReason reason, string detail)
    {
        if (_counted.TryAdd(sample, reason))
        {
            var place = set.Place(sample);
            var skip = new Skip(reason, place.File, key ?? place.Key, detail);
            Skips.Add(skip);
            onSkip?.Invoke(sample, skip);
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
