using ClipSharp.Data.Index;

namespace ClipSharp.Data.Pictures;

/// <summary>Pictures that do not lie in their file byte by byte, such as those of a compressed column; told by
/// <see cref="SampleFile.Packed"/>. Thread-safe.</summary>
public interface IPackedPictures
{
    /// <summary>The bytes of one picture, found at random.</summary>
    /// <param name="file">The file, as it was indexed.</param>
    /// <param name="number">Which of its pictures: <see cref="Sources.SourceSample.PictureOffset"/>, from 0.</param>
    /// <returns>The picture file; null where the file is another one now.</returns>
    /// <exception cref="IOException">The file is gone.</exception>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    ReadOnlyMemory<byte>? Read(SampleFile file, long number);
}
