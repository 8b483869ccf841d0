using ClipSharp.Data.Index;
using ClipSharp.Files;
using ClipSharp.Images.Decoding;
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
    /// <param name="limits">How many bytes are read at most.</param>
    /// <param name="bytes">The picture file.</param>
    /// <param name="detail">Why there is none.</param>
    /// <returns>False when the file is gone, forbidden, or no longer the one that was indexed.</returns>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    public bool TryRead(int sample, DecodeLimits limits, out ReadOnlySpan<byte> bytes, out string detail)
    {
        bytes = default;
        var (file, offset, fileBytes) = index.Picture(sample);
        var length = PictureFile.Length(fileBytes, limits);
        try
        {
            if (!SteadyRead.Of(file.Path, () => Fill(file, offset, length)))
            {
                detail = "the file changed since it was indexed";
                return false;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            detail = e.Message;
            return false;
        }

        bytes = _buffer.AsSpan(0, length);
        detail = "";
        return true;
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

    // False when the file is another one now.
    private bool Fill(SampleFile file, long offset, int length)
    {
        var node = Open(file);
        try
        {
            if (_buffer.Length < length)
            {
                _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(length, (int)Math.Min(2L * _buffer.Length, Array.MaxLength)));
            }

            var done = 0;
            for (var count = 1; count > 0 && done < length; done += count)
            {
                count = RandomAccess.Read(node.Value.Handle, _buffer.AsSpan(done, length - done), offset + done);
            }

            // Looked at after the reading, so that a change during it is seen.
            return done == length && file.IsStill(node.Value.Handle);
        }
        catch
        {
            // A handle that failed once, as a stale one of NFS, fails for good.
            node.Value.Handle.Dispose();
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

        var handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var opened = _open.AddFirst((file, handle));
        if (_open.Count > MostOpen)
        {
            _open.Last!.Value.Handle.Dispose();
            _open.RemoveLast();
        }

        return opened;
    }
}
