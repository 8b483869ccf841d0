using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ClipSharp.Data.Sources;

namespace ClipSharp.Data.Index;

/// <summary>SHA-256 over samples as they come: names of their files, keys, sizes, classes, captions.</summary>
internal sealed class SampleFingerprint
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The samples that follow are of this file.</summary>
    public void Begin(SampleFile file) => Add(file.Name);

    /// <summary>A usable sample.</summary>
    public void Add(SourceSample sample)
    {
        Add(sample.Key);
        Add(sample.PictureLength);
        Add(sample.Class);
        Add(sample.Captions.Count);
        foreach (var caption in sample.Captions)
        {
            Add(caption);
        }
    }

    /// <summary>64 hex digits over all that was added.</summary>
    public string Take() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    private void Add(string text)
    {
        Add(text.Length);
        _hash.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
    }

    private void Add(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
    }
}
