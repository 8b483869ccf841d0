namespace ClipSharp.Data.Sets;

/// <summary>Samples of a set that lie one behind the other, with the bytes of their files. Thread-safe until it is
/// disposed.</summary>
internal abstract class SampleRun : IDisposable
{
    /// <summary>A sample's picture and texts.</summary>
    /// <param name="sample">Its number in the set.</param>
    /// <param name="picture">The picture file, valid until this is disposed.</param>
    /// <param name="texts">What is said of it.</param>
    /// <returns>False where it must be read by itself.</returns>
    public abstract bool TryGet(long sample, out ReadOnlySpan<byte> picture, out SampleTexts texts);

    /// <summary>Gives the memory back.</summary>
    public abstract void Dispose();
}
