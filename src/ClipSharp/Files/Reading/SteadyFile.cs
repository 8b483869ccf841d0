using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Files.Reading;

/// <summary>A file as a stream, read by <see cref="SteadyRead"/>: where a read fails the file is opened anew and read on from the
/// same place. What it holds must stay as it is: a file that was replaced meanwhile, by its length or time, is told.</summary>
internal sealed class SteadyFile : PositionedStream
{
    private const int BufferLength = 16 << 10;

    private readonly string _path;
    private readonly Func<SafeFileHandle> _open;
    private readonly byte[] _buffer = new byte[BufferLength];
    private readonly DateTime _modified;
    private SafeFileHandle? _handle;
    private long _bufferStart;
    private int _bufferCount;

    /// <summary>Opens a file.</summary>
    /// <param name="path">An existing file; a link is followed.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or it is a folder.</exception>
    public SteadyFile(string path)
        : this(path, () => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
    {
    }

    /// <summary>A file that is opened in another way than by its path.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="open">Opens it, again after a read that failed.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    public SteadyFile(string path, Func<SafeFileHandle> open)
    {
        (_path, _open) = (path, open);
        try
        {
            (Length, _modified) = SteadyRead.Look(path, () => Tried(() =>
                (RandomAccess.GetLength(Handle), File.GetLastWriteTimeUtc(Handle))));
        }
        catch (NotSupportedException e)
        {
            throw new IOException("it is a pipe or a device, no file", e);
        }
    }

    /// <summary>The open file; it may be another one after a read that failed.</summary>
    public SafeFileHandle Handle => _handle ??= _open();

    /// <summary>Bytes when it was opened.</summary>
    public override long Length { get; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (Position < _bufferStart || Position >= _bufferStart + _bufferCount)
        {
            // Position first: what fails leaves an empty buffer.
            (_bufferStart, _bufferCount) = (Position, 0);
            _bufferCount = SteadyRead.Of(_path, () => Tried(Fill));
        }

        var start = (int)(Position - _bufferStart);
        var count = Math.Min(buffer.Length, _bufferCount - start);
        _buffer.AsSpan(start, count).CopyTo(buffer);
        Position += count;
        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _handle?.Dispose();
        base.Dispose(disposing);
    }

    private int Fill()
    {
        var isReopened = _handle is null;
        return !isReopened || (RandomAccess.GetLength(Handle) == Length && File.GetLastWriteTimeUtc(Handle) == _modified)
            ? SteadyRead.At(Handle, _path, _buffer, _bufferStart)
            : throw new IOException("it changed while it was read");
    }

    private T Tried<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch
        {
            // A handle that failed once, as a stale one of NFS, fails for good.
            _handle?.Dispose();
            _handle = null;
            throw;
        }
    }
}
