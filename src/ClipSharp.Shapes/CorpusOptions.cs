using System.Globalization;

namespace ClipSharp.Shapes;

/// <summary>What corpus to write.</summary>
public sealed record CorpusOptions
{
    /// <summary>Pictures for training.</summary>
    public int Samples { get; init; } = 20_000;

    /// <summary>Pictures for retrieval: combinations that training saw, in new scenes.</summary>
    public int ValSamples { get; init; } = 1_000;

    /// <summary>Pictures for zero-shot classification: combinations that training never saw.</summary>
    public int HeldoutSamples { get; init; } = 1_000;

    /// <summary>Pixels of width and height, 32 to 1,024.</summary>
    public int ImageSize { get; init; } = 64;

    /// <summary>How often a picture for training or retrieval shows two shapes, 0 to 1. Two are smaller than one: below 64 pixels
    /// their textures blur.</summary>
    public double PairProb { get; init; } = 0.2;

    /// <summary>Decides everything: the scenes, the captions and which combinations are held out.</summary>
    public long Seed { get; init; }

    /// <summary>Threads that draw; the bytes are the same for any number.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Itself, checked.</summary>
    /// <exception cref="ClipException">A value is out of range.</exception>
    public CorpusOptions Validated(string where)
    {
        CheckRange("samples", Samples, 1, 10_000_000);
        CheckRange("val_samples", ValSamples, 1, 1_000_000);
        CheckRange("heldout_samples", HeldoutSamples, 1, 1_000_000);
        CheckRange("image_size", ImageSize, 32, 1_024);
        CheckRange("workers", Workers, 1, 1_024);
        if (!(PairProb is >= 0 and <= 1))
        {
            throw OutOfRange("pair_prob", PairProb.ToString(CultureInfo.InvariantCulture), "0 to 1");
        }

        return this;

        void CheckRange(string name, int value, int low, int high)
        {
            if (value < low || value > high)
            {
                throw OutOfRange(name, value.ToString(CultureInfo.InvariantCulture),
                    string.Create(CultureInfo.InvariantCulture, $"{low} to {high}"));
            }
        }

        ClipException OutOfRange(string name, string found, string expected) =>
            new(ClipError.Usage, $"{name} is out of range", where, found, expected, "Choose a value in the range.");
    }
}
