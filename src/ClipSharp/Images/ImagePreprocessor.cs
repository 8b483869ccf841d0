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
    private readonly Extent _covered; // what the resized picture has room for, of which the middle is cut
    private long _clippedGreys;

    /// <param name="config">How.</param>
    /// <param name="modelSize">H × W of the model's pictures; used where the config names none.</param>
    /// <exception cref="ClipException">The config has values this version does not know.</exception>
    public ImagePreprocessor(PreprocessConfig config, Extent modelSize)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Validated("preprocess_cfg");
        Size = config.Size == 0 ? modelSize : config.Size;
        ArgumentOutOfRangeException.ThrowIfLessThan(Size.Shorter, 1, nameof(modelSize));
        _compat = config.CompatOrDefault;
        // open_clip does not hand the interpolation on to ResizeKeepRatio, which is bicubic unless told.
        _filter = _compat == Compat.OpenAI && KeepsRatio ? ResampleFilter.Bicubic : config.Interpolation;
        _covered = config.ResizeSize == 0 ? Size : config.ResizeSize;
        ArgumentOutOfRangeException.ThrowIfLessThan(_covered.Longer, Size.Longer, nameof(config));
    }

    /// <summary>How; with the mean and deviation that the engine normalises by.</summary>
    public PreprocessConfig Config { get; }

    /// <summary>H × W, pixels.</summary>
    public Extent Size { get; }

    /// <summary>What <see cref="DecodeLimits.JpegShortSide"/> may be for this: twice the longer side that pictures are
    /// resized to.</summary>
    public int JpegShortSide => JpegDraft.ShortSideFor(_covered);

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
    /// <param name="planes">Receives [3, H, W]: value / 255, minus mean, over deviation is what the tower reads.</param>
    public void Apply(RgbImage image, Span<byte> planes)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (planes.Length != 3 * Size.Area)
        {
            throw new ArgumentException($"{planes.Length} bytes are not [3, {Size.Height}, {Size.Width}].", nameof(planes));
        }

        if (_compat != Compat.ClipSharp && image.HasDeepGreys)
        {
            Interlocked.Increment(ref _clippedGreys);
        }

        var rented = ArrayPool<byte>.Shared.Rent(planes.Length);
        var pixels = rented.AsSpan(0, planes.Length); // [H, W, 3]
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

    private bool KeepsRatio => Config is { ResizeMode: ResizeMode.Shortest, ResizeSize: 0 } && !Size.IsSquare;

    private void Resize(RgbImage image, Span<byte> pixels)
    {
        switch (Config.ResizeMode)
        {
            case ResizeMode.Squash:
                ModeResampler.Resize(
                    image, Size.Width, Size.Height, _filter, new PixelBox(0, 0, Size.Width, Size.Height), pixels);
                break;
            case ResizeMode.Longest:
                ResizeAndPad(image, pixels);
                break;
            default:
                var (width, height) = Covering(image, _covered);
                var middle = new PixelBox(Half(width - Size.Width), Half(height - Size.Height), Size.Width, Size.Height);
                ModeResampler.Resize(image, width, height, _filter, middle, pixels);
                break;
        }
    }

    /// <summary>The least size in which a picture covers <paramref name="size"/>. Of a square the short side is its side, and the
    /// long one is truncated as torchvision does; else it is open_clip's ResizeKeepRatio, which rounds.</summary>
    internal static (int Width, int Height) Covering(RgbImage image, Extent size) =>
        !size.IsSquare ? Divided(image, Math.Min((double)image.Height / size.Height, (double)image.Width / size.Width))
        : image.Width <= image.Height ? (size.Width, (int)((double)((long)size.Width * image.Height) / image.Width))
        : ((int)((double)((long)size.Height * image.Width) / image.Height), size.Height);

    private static (int Width, int Height) Divided(RgbImage image, double ratio) =>
        ((int)Math.Round(image.Width / ratio, MidpointRounding.ToEven),
            (int)Math.Round(image.Height / ratio, MidpointRounding.ToEven));

    // torchvision's crop rounds half a pixel to the even side, Hugging Face's down.
    private int Half(int excess) =>
        _compat == Compat.HuggingFace ? excess / 2 : (int)Math.Round(excess / 2.0, MidpointRounding.ToEven);

    // open_clip's ResizeKeepRatio with longest = 1, then CenterCropOrPad.
    private void ResizeAndPad(RgbImage image, Span<byte> pixels)
    {
        var (width, height) =
            Divided(image, Math.Max((double)image.Height / Size.Height, (double)image.Width / Size.Width));
        (width, height) = (Math.Clamp(width, 1, Size.Width), Math.Clamp(height, 1, Size.Height));
        var resized = new byte[3 * width * height];
        ModeResampler.Resize(image, width, height, _filter, new PixelBox(0, 0, width, height), resized);
        var (left, top) = ((Size.Width - width) / 2, (Size.Height - height) / 2);
        Fill(image, pixels);
        for (var y = 0; y < height; y++)
        {
            resized.AsSpan(y * width * 3, width * 3).CopyTo(pixels[((((top + y) * Size.Width) + left) * 3)..]);
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
