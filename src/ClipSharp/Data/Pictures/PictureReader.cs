using ClipSharp.Data.Index;
using ClipSharp.Files.Reading;
using ClipSharp.Images.Decoding;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Data.Pictures;

/// <summary>Reads the bytes of indexed pictures; keeps the last few files open. One thread at a time: each worker has its
/// own.</summary>
internal sealed class PictureReader(SampleIndex index) : IDisposable
{
    private const int MostOpen = 16;
    private const int MostLeased = 2; // what is open stays in the cache of shards, however small that is
    private const string Changed = "the file changed since it was indexed";

    private readonly LinkedList<(SampleFile File, SafeFileHandle Handle)> _open = []; // last used first
    private byte[] _buffer = [];

    /// <summary>The bytes of a picture, valid until the next call.</summary>
    /// <param name="sample">Which.</param>
    /// <param name="bytes">The picture file.</param>
    /// <param name="detail">Why there is none.</param>
    /// <param name="limits">How many bytes are read at most; null = the defaults.</param>
    /// <returns>False when the file is gone, forbidden, or no longer the one that was indexed.</returns>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    public bool TryRead(int sample, out ReadOnlySpan<byte> bytes, out string detail, DecodeLimits? limits = null)
    {
        bytes = default;
        var (file, offset, fileBytes) = index.Picture(sample);
        int length;
        try
        {
            if (file.Packed is { } packed)
            {
                var found = packed.Read(file, offset);
                bytes = found is null ? default : found.Value.Span;
                detail = found is null ? Changed : "";
                return found is not null;
            }

            length = SteadyRead.Of(file.Path, () => Fill(file, offset, fileBytes, limits ?? DecodeLimits.Default));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            detail = e.Message;
            return false;
        }

        bytes = length < 0 ? default : _buffer.AsSpan(0, length);
        detail = length < 0 ? Changed : "";
        return length >= 0;
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var (_, handle) in _open)
        {
            handle.Dispose();
        }

        _open.Clear();
    }

    // How many bytes the buffer holds then; -1 when the file is another one now.
    private int Fill(SampleFile file, long offset, int fileBytes, DecodeLimits limits)
    {
        var node = Open(file);
        var handle = node.Value.Handle;
        try
        {
            var length = PictureFile.Worth(handle, file.Path, offset, fileBytes, limits);
            if (_buffer.Length < length)
            {
                var twice = (int)Math.Min(2L * _buffer.Length, Array.MaxLength);
                _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(length, twice));
            }

            // Looked at after the reading, so that a change during it is seen.
            var count = SteadyRead.At(handle, file.Path, _buffer.AsSpan(0, length), offset);
            return count == length && file.IsStill(handle) ? length : -1;
        }
        catch
        {
            // A handle that failed once, as a stale one of NFS, fails for good.
            handle.Dispose();
            _open.Remove(node);
            throw;
        }
    }

    private LinkedListNode<(SampleFile File, SafeFileHandle Handle)> Open(SampleFile file)
    {
        for (var node = _open.First; node is not null; node = node.Next)
        {
            if (ReferenceEquals(node.Value.File, file))
            {
                _open.Remove(node);
                _open.AddFirst(node);
                return node;
            }
        }

        var handle = file.Open();
        var opened = _open.AddFirst((file, handle));
        var leased = 0;
        for (var node = _open.First; node is not null; node = node.Next)
        {
            leased += node.Value.File.Shard is null ? 0 : 1;
            if (leased > MostLeased || (_open.Count > MostOpen && node == _open.Last))
            {
                node.Value.Handle.Dispose();
                _open.Remove(node);
                break;
            }
        }

        return opened;
    }
}
