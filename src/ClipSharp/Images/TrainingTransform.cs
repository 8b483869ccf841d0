using System.Buffers;
using ClipSharp.Images.Augmentation;
using ClipSharp.Images.Decoding;
using ClipSharp.Images.Resampling;

namespace ClipSharp.Images;

/// <summary>Makes the pixels of a training picture, varied at random (paper 2.4), always from RGB. Thread-safe.</summary>
public sealed class TrainingTransform
{
    private readonly ResampleFilter _filter;
    private readonly Background _background;
    private readonly bool _moves;

    /// <param name="augmentation">What is varied.</param>
    /// <param name="preprocess">Interpolation, background, the level that fills what lies beyond a picture, and the resize mode:
    /// squash takes the whole picture where no <see cref="AugmentationConfig.Scale"/> asks for a crop.</param>
    /// <param name="size">H × W, pixels.</param>
    /// <exception cref="ClipException">A value is out of range, or the resize mode is longest.</exception>
    public TrainingTransform(AugmentationConfig augmentation, PreprocessConfig preprocess, Extent size)
    {
        ArgumentNullException.ThrowIfNull(augmentation);
        ArgumentNullException.ThrowIfNull(preprocess);
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Shorter, 1, nameof(size));
        Augmentation = augmentation.Validated("aug_cfg");
        Preprocess = preprocess.Validated("preprocess_cfg");
        if (preprocess.ResizeMode == ResizeMode.Longest || preprocess.ResizeSize != 0)
        {
            throw new ClipException(ClipError.Config, "Training does not resize this way", "preprocess_cfg",
                preprocess.ResizeSize != 0 ? $"resize_size {preprocess.ResizeSize}" : "resize_mode longest",
                "resize_mode shortest or squash, and no resize_size",
                "Choose one of these, or vary the crop with aug_cfg scale.");
        }

        Size = size;
        _filter = preprocess.Interpolation;
        _background = augmentation.Background ?? preprocess.Background;
        _moves = augmentation.Rotate > 0 || augmentation.Shear > 0 || augmentation.Shift > 0 || augmentation.Zoom is not null;
    }

    /// <summary>What is varied.</summary>
    public AugmentationConfig Augmentation { get; }

    /// <summary>Interpolation and background.</summary>
    public PreprocessConfig Preprocess { get; }

    /// <summary>H × W, pixels.</summary>
    public Extent Size { get; }

    /// <summary>What <see cref="DecodeLimits.JpegShortSide"/> may be for this: the smallest crop then has twice the longer of
    /// H and W a side, or what the file has.</summary>
    public int JpegShortSide => JpegDraft.ShortSideFor(Size, Augmentation);

    /// <summary>The same picture and the same state of <paramref name="random"/> give the same bytes.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="random">The sample's stream; its purpose is <see cref="RandomPurpose.Augmentation"/>.</param>
    /// <param name="planes">Receives [3, H, W].</param>
    public void Apply(RgbImage image, ref RandomStream random, Span<byte> planes)
    {
        ArgumentNullException.ThrowIfNull(image);
        image = Prepared(image);
        if (planes.Length != 3 * Size.Area)
        {
            throw new ArgumentException($"{planes.Length} bytes are not [3, {Size.Height}, {Size.Width}].", nameof(planes));
        }

        var rented = ArrayPool<byte>.Shared.Rent(planes.Length);
        var pixels = rented.AsSpan(0, planes.Length); // [H, W, 3]
        var (picture, ground) = BackgroundLayer.Lay(image, _background, (byte)Preprocess.FillColor, ref random);
        Crop(picture, ground, ref random, pixels);
        if (random.NextBool(Augmentation.BlurProb))
        {
            Blur(pixels, random.NextDouble(0.1, 2));
        }

        Planes.Split(pixels, planes);
        ArrayPool<byte>.Shared.Return(rented);
        if (random.NextBool(Augmentation.Flip))
        {
            Planes.Mirror(planes, Size.Width);
        }

        ColorChanges.Apply(Augmentation, planes, Size, ref random);
    }

    // The colours that inference will see.
    private RgbImage Prepared(RgbImage image)
    {
        image = Preprocess.Exif ? ExifOrientation.Apply(image, image.Orientation) : image;
        return Preprocess.CompatOrDefault == Compat.ClipSharp ? image : image.ConvertedToRgb();
    }

    private void Crop(RgbImage image, Rgb ground, ref RandomStream random, Span<byte> pixels)
    {
        if (Augmentation.Scale is not null || Preprocess.ResizeMode == ResizeMode.Squash)
        {
            var box = Augmentation.Scale is { } scale
                ? RandomCrop.OfArea(image.Width, image.Height, scale, Augmentation.Ratio, ref random)
                : new PixelBox(0, 0, image.Width, image.Height);
            if (_moves)
            {
                var map = PixelMap.Draw(box.X, box.Y, box.Width, box.Height, Size, Augmentation, ref random);
                AffineSampler.Sample(image.View, map, ground, Size, pixels);
            }
            else
            {
                Resampler.Resize(image.View.Crop(box), Size.Width, Size.Height, _filter,
                    new PixelBox(0, 0, Size.Width, Size.Height), pixels);
            }
        }
        else
        {
            var (width, height) = ImagePreprocessor.Covering(image, Size);
            var box = RandomCrop.Anywhere(width, height, Size, ref random);
            if (_moves)
            {
                var (x, y) = ((double)image.Width / width, (double)image.Height / height);
                var map = PixelMap.Draw(box.X * x, box.Y * y, Size.Width * x, Size.Height * y, Size, Augmentation, ref random);
                AffineSampler.Sample(image.View, map, ground, Size, pixels);
            }
            else
            {
                Resampler.Resize(image.View, width, height, _filter, box, pixels);
            }
        }
    }

    private void Blur(Span<byte> pixels, double sigma)
    {
        var (height, width) = Size;
        var kernel = FilterKernel.Gaussian(sigma);
        var rented = ArrayPool<byte>.Shared.Rent(pixels.Length);
        var between = rented.AsSpan(0, pixels.Length);
        VectorPasses.Horizontal(
            new PixelView(pixels, width, height, 3), new ResampleWeights(width, width, 0, width, kernel), between);
        VectorPasses.Vertical(
            new PixelView(between, width, height, 3), 0, new ResampleWeights(height, height, 0, height, kernel), pixels);
        ArrayPool<byte>.Shared.Return(rented);
    }
}
