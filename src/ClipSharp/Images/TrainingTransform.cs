using System.Buffers;
using ClipSharp.Images.Augmentation;
using ClipSharp.Images.Resampling;

namespace ClipSharp.Images;

/// <summary>Makes the pixels of a training picture, varied at random (paper 2.4). Thread-safe.</summary>
public sealed class TrainingTransform
{
    private readonly ResampleFilter _filter;
    private readonly string _background;
    private readonly bool _moves;

    /// <param name="augmentation">What is varied.</param>
    /// <param name="preprocess">Interpolation, background and the level that fills what lies beyond a picture.</param>
    /// <param name="size">S, pixels a side.</param>
    /// <exception cref="ClipException">A value is out of range.</exception>
    public TrainingTransform(AugmentationConfig augmentation, PreprocessConfig preprocess, int size)
    {
        ArgumentNullException.ThrowIfNull(augmentation);
        ArgumentNullException.ThrowIfNull(preprocess);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Augmentation = augmentation.Validated("aug_cfg");
        Preprocess = preprocess.Validated("preprocess_cfg");
        Size = size;
        _filter = preprocess.Filter;
        _background = augmentation.Background ?? preprocess.Background;
        _moves = augmentation.Rotate > 0 || augmentation.Shear > 0 || augmentation.Shift > 0 || augmentation.Zoom is not null;
    }

    /// <summary>What is varied.</summary>
    public AugmentationConfig Augmentation { get; }

    /// <summary>Interpolation and background.</summary>
    public PreprocessConfig Preprocess { get; }

    /// <summary>S.</summary>
    public int Size { get; }

    /// <summary>The same picture and the same state of <paramref name="random"/> give the same bytes.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="random">The sample's stream; its purpose is <see cref="RandomPurpose.Augmentation"/>.</param>
    /// <param name="planes">Receives [3, S, S].</param>
    public void Apply(RgbImage image, ref RandomStream random, Span<byte> planes)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (planes.Length != 3 * Size * Size)
        {
            throw new ArgumentException($"{planes.Length} bytes are not [3, {Size}, {Size}].", nameof(planes));
        }

        var rented = ArrayPool<byte>.Shared.Rent(planes.Length);
        var pixels = rented.AsSpan(0, planes.Length); // [S, S, 3]
        var (picture, ground) = Background.Lay(image, _background, (byte)Preprocess.FillColor, ref random);
        Crop(picture, ground, ref random, pixels);
        if (random.NextBool(Augmentation.BlurProb))
        {
            Blur(pixels, random.NextDouble(0.1, 2));
        }

        Planes.Split(pixels, planes);
        ArrayPool<byte>.Shared.Return(rented);
        if (random.NextBool(Augmentation.Flip))
        {
            Planes.Mirror(planes, Size);
        }

        ColorChanges.Apply(Augmentation, planes, Size, ref random);
    }

    private void Crop(RgbImage image, Rgb ground, ref RandomStream random, Span<byte> pixels)
    {
        if (Augmentation.Scale is { } scale)
        {
            var box = RandomCrop.OfArea(image.Width, image.Height, scale, Augmentation.Ratio, ref random);
            if (_moves)
            {
                var map = PixelMap.Draw(box.X, box.Y, box.Width, box.Height, Size, Augmentation, ref random);
                AffineSampler.Sample(image.View, map, ground, Size, pixels);
            }
            else
            {
                Resampler.Resize(image.View.Crop(box), Size, Size, _filter, new PixelBox(0, 0, Size, Size), pixels);
            }
        }
        else
        {
            var (width, height) = ImagePreprocessor.ShortSideTo(image, Size);
            var box = RandomCrop.Square(width, height, Size, ref random);
            if (_moves)
            {
                var (x, y) = ((double)image.Width / width, (double)image.Height / height);
                var map = PixelMap.Draw(box.X * x, box.Y * y, Size * x, Size * y, Size, Augmentation, ref random);
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
        var weights = new ResampleWeights(Size, Size, 0, Size, FilterKernel.Gaussian(sigma));
        var rented = ArrayPool<byte>.Shared.Rent(pixels.Length);
        var between = rented.AsSpan(0, pixels.Length);
        VectorPasses.Horizontal(new PixelView(pixels, Size, Size, 3), weights, between);
        VectorPasses.Vertical(new PixelView(between, Size, Size, 3), 0, weights, pixels);
        ArrayPool<byte>.Shared.Return(rented);
    }
}
