using ClipSharp.Images.Decoding;

namespace ClipSharp.Data.Sets;

/// <summary>Reads samples of a set, wherever they lie. One thread at a time: each has its own.</summary>
public interface ISampleReader : IDisposable
{
    /// <summary>A sample's picture file and its texts.</summary>
    /// <param name="sample">Its number, from 0.</param>
    /// <param name="limits">How many bytes of a picture are read at most.</param>
    /// <param name="picture">The picture file, valid until the next call.</param>
    /// <param name="texts">What is said of it.</param>
    /// <param name="detail">Why there is none.</param>
    /// <returns>False when the file is gone, forbidden, or no longer the one that was indexed.</returns>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    bool TryRead(long sample, DecodeLimits limits, out ReadOnlySpan<byte> picture, out SampleTexts texts, out string detail);

    /// <summary>A sample's texts alone; the rest as in <see cref="TryRead"/>.</summary>
    /// <param name="sample">Its number, from 0.</param>
    /// <param name="texts">What is said of it.</param>
    /// <param name="detail">Why there is none.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    bool TryReadTexts(long sample, out SampleTexts texts, out string detail);
}
