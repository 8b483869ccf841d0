using ClipSharp.Data.Index;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Data.Pictures;

/// <summary>Reads the bytes of indexed pictures; keeps the last few files open. One thread at a time: each worker has its
/// own.</summary>
internal sealed class PictureReader(SampleIndex index) : IDisposable
{
    private const int MostOpen = 16;

    private readonly LinkedList<(SampleFile File, SafeFileHandle Handle)> _open = []; // last used first
    private byte[] _buffer = [];

    /// <summary>The bytes of a picture, valid until the next call.</summary>
    /// <param name="sample">Which.</param>
    /// <param name="bytes">The picture file.</param>
    /// <param name="detail">Why there is none.</param>
    /// <returns>False when it cannot be read or the file is no longer the one that was indexed.</returns>
    public bool TryRead(int sample, out ReadOnlySpan<byte> bytes, out string detail)
    {
        bytes = default;
        detail = "";
        var (file, offset, length) = index.Picture(sample);
        try
        {
            var handle = Open(file);
            if (_buffer.Length < length)
            {
                _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(length, 2 * _buffer.Length));
            }

            var done = 0;
            while (done < length)
            {
                var read = RandomAccess.Read(handle, _buffer.AsSpan(done, length - done), offset + done);
                if (read == 0)
                {
                    break;
                }

                done += read;
            }

            // Looked at after the reading, so that a change during it is seen.
            if (done < length || !file.IsStill(handle))
            {
                detail = "the file changed since it was indexed";
                return false;
            }

            bytes = _buffer.AsSpan(0, length);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            detail = e.Message;
            return false;
        }
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

    private SafeFileHandle Open(SampleFile file)
    {
        for (var node = _open.First; node is not null; node = node.Next)
        {
            if (ReferenceEquals(node.Value.File, file))
            {
                _open.Remove(node);
                _open.AddFirst(node);
                return node.Value.Handle;
            }
        }

        var handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _open.AddFirst((file, handle));
        if (_open.Count > MostOpen)
        {
            _open.Last!.Value.Handle.Dispose();
            _open.RemoveLast();
        }

        return handle;
    }
}
