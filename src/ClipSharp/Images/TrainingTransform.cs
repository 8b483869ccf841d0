namespace ClipSharp.Images;

/// <summary>Makes the pixels of a training picture, varied at random (paper 2.4). Thread-safe.</summary>
public sealed class TrainingTransform
{
    /// <param name="augmentation">What is varied.</param>
    /// <param name="preprocess">Interpolation and background.</param>
    /// <param name="size">S, pixels a side.</param>
    public TrainingTransform(AugmentationConfig augmentation, PreprocessConfig preprocess, int size) =>
        (Augmentation, Preprocess, Size) = (augmentation, preprocess, size);

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
    public void Apply(RgbImage image, ref RandomStream random, Span<byte> planes) => throw new NotImplementedException();
}
