using System.Buffers;
using System.Globalization;
using ClipSharp.Images.Augmentation;
using ClipSharp.Images.Decoding;
using ClipSharp.Images.Resampling;

namespace ClipSharp.Images;

/// <summary>Makes the pixels a model sees at inference: resize, crop or pad, to the very bytes of the reference that
/// <see cref="PreprocessConfig.Compat"/> names. One difference: CMYK is resized as RGB for OpenAI's too. Thread-safe.</summary>
public sealed class ImagePreprocessor
{
    private readonly ResampleFilter _filter;
    private readonly Compat _compat;
    private readonly int _shortSide;
    private long _clippedGreys;

    /// <param name="config">How.</param>
    /// <param name="modelSize">The model's side; used where the config names none.</param>
    /// <exception cref="ClipException">The config has values this version does not know.</exception>
    public ImagePreprocessor(PreprocessConfig config, int modelSize)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Validated("preprocess_cfg");
        Size = config.Size == 0 ? modelSize : config.Size;
        ArgumentOutOfRangeException.ThrowIfLessThan(Size, 1, nameof(modelSize));
        (_filter, _compat) = (config.Interpolation, config.CompatOrDefault);
        _shortSide = config.ResizeSize == 0 ? Size : config.ResizeSize;
        ArgumentOutOfRangeException.ThrowIfLessThan(_shortSide, Size, nameof(config));
    }

    /// <summary>How; with the mean and deviation that the engine normalises by.</summary>
    public PreprocessConfig Config { get; }

    /// <summary>S, pixels a side.</summary>
    public int Size { get; }

    /// <summary>What <see cref="DecodeLimits.JpegShortSide"/> may be for this: twice the side that pictures are resized
    /// to.</summary>
    public int JpegShortSide => JpegDraft.ShortSideFor(_shortSide);

    /// <summary>How many pictures so far had greys of 16 bits above 255, which became white, as with the references. With
    /// <see cref="Compat.ClipSharp"/> they keep their high byte.</summary>
    public long ClippedGreys => Volatile.Read(ref _clippedGreys);

    /// <summary>All that pixels depend on from the decoded picture on, as a line of text.</summary>
    internal string Description => string.Create(CultureInfo.InvariantCulture,
        $"{Size} {Spelling.Of(Config.ResizeMode)} {Config.ResizeSize} {Spelling.Of(Config.Interpolation)} {Config.FillColor} "
        + $"{Spelling.Of(Config.Background)} {Spelling.Of(Config.Compat) ?? "default"} "
        + $"{(Config.Exif ? "exif" : "as stored")} mean {List(Config.Mean)} std {List(Config.Std)}");

    /// <summary>Resizes, crops or pads, and lays clear parts on the background.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="planes">Receives [3, S, S]: value / 255, minus mean, over deviation is what the tower reads.</param>
    public void Apply(RgbImage image, Span<byte> planes)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (planes.Length != 3L * Size * Size)
        {
            throw new ArgumentException($"{planes.Length} bytes are not [3, {Size}, {Size}].", nameof(planes));
        }

        if (_compat != Compat.ClipSharp && image.HasDeepGreys)
        {
            Interlocked.Increment(ref _clippedGreys);
        }

        var rented = ArrayPool<byte>.Shared.Rent(planes.Length);
        var pixels = rented.AsSpan(0, planes.Length); // [S, S, 3]
        Resize(Prepared(image), pixels);
        Planes.Split(pixels, planes);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private RgbImage Prepared(RgbImage image)
    {
        image = Config.Exif ? ExifOrientation.Apply(image, image.Orientation) : image;
        image = BackgroundLayer.Lay(image, Config.Background);
        return _compat switch
        {
            Compat.OpenAI => image,
            Compat.HuggingFace => image.ConvertedToRgb(),
            _ => image with { Mode = PictureMode.Rgb },
        };
    }

    private void Resize(RgbImage image, Span<byte> pixels)
    {
        switch (Config.ResizeMode)
        {
            case ResizeMode.Squash:
                ModeResampler.Resize(image, Size, Size, _filter, new PixelBox(0, 0, Size, Size), pixels);
                break;
            case ResizeMode.Longest:
                ResizeAndPad(image, pixels);
                break;
            default:
                var (width, height) = ShortSideTo(image, _shortSide);
                var middle = new PixelBox(Half(width - Size), Half(height - Size), Size, Size);
                ModeResampler.Resize(image, width, height, _filter, middle, pixels);
                break;
        }
    }

    /// <summary>The size whose short side is <paramref name="size"/>; the long side is truncated as torchvision does.</summary>
    internal static (int Width, int Height) ShortSideTo(RgbImage image, int size) => image.Width <= image.Height
        ? (size, (int)((double)((long)size * image.Height) / image.Width))
        : ((int)((double)((long)size * image.Width) / image.Height), size);

    // torchvision's crop rounds half a pixel to the even side, Hugging Face's down.
    private int Half(int excess) =>
        _compat == Compat.HuggingFace ? excess / 2 : (int)Math.Round(excess / 2.0, MidpointRounding.ToEven);

    // open_clip's ResizeKeepRatio with longest = 1, then CenterCropOrPad.
    private void ResizeAndPad(RgbImage image, Span<byte> pixels)
    {
        var ratio = (double)Math.Max(image.Width, image.Height) / Size;
        var width = Math.Clamp((int)Math.Round(image.Width / ratio, MidpointRounding.ToEven), 1, Size);
        var height = Math.Clamp((int)Math.Round(image.Height / ratio, MidpointRounding.ToEven), 1, Size);
        var resized = new byte[3 * width * height];
        ModeResampler.Resize(image, width, height, _filter, new PixelBox(0, 0, width, height), resized);
        var (left, top) = ((Size - width) / 2, (Size - height) / 2);
        Fill(image, pixels);
        for (var y = 0; y < height; y++)
        {
            resized.AsSpan(y * width * 3, width * 3).CopyTo(pixels[((((top + y) * Size) + left) * 3)..]);
        }
    }

    // Pillow pads in the picture's own mode: an indexed picture with the palette's colour of that number, a grey where it has
    // fewer.
    private void Fill(RgbImage image, Span<byte> pixels)
    {
        pixels.Fill((byte)Config.FillColor);
        var first = 3 * Config.FillColor;
        if (image.Mode == PictureMode.Indexed && first + 3 <= image.Palette.Length)
        {
            for (var i = 0; i < pixels.Length; i += 3)
            {
                image.Palette.AsSpan(first, 3).CopyTo(pixels[i..]);
            }
        }
    }

    private static string List(IReadOnlyList<double> values) =>
        string.Join(", ", values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
}
