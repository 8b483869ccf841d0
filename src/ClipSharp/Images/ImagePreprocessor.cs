namespace ClipSharp.Images;

/// <summary>Makes the pixels a model sees at inference: resize, crop or pad. Thread-safe.</summary>
public sealed class ImagePreprocessor
{
    /// <param name="config">How.</param>
    /// <param name="modelSize">The model's side; used where the config names none.</param>
    public ImagePreprocessor(PreprocessConfig config, int modelSize) =>
        (Config, Size) = (config, config.Size == 0 ? modelSize : config.Size);

    /// <summary>How.</summary>
    public PreprocessConfig Config { get; }

    /// <summary>S, pixels a side.</summary>
    public int Size { get; }

    /// <param name="image">The picture.</param>
    /// <param name="planes">Receives [3, S, S].</param>
    public void Apply(RgbImage image, Span<byte> planes) => throw new NotImplementedException();
}
