using ClipSharp.Files;

namespace ClipSharp.Training.Runs;

/// <summary>A file that grows by whole records. A record that a full disk does not take is left out, whole, and counted: curves
/// and logs are no reason to end a run.</summary>
internal sealed class AppendedFile : IDisposable
{
    private readonly FileStream _file;

    /// <param name="path">The file; made when it is missing.</param>
    /// <param name="ofLines">Whether records are lines: then what follows the last line end, left by a killed process,
    /// goes.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public AppendedFile(string path, bool ofLines)
    {
        _file = DurableStorage.Create(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            BufferSize = 0,
        });
        try
        {
            if (ofLines)
            {
                _file.SetLength(WholeLines());
            }

            _file.Seek(0, SeekOrigin.End);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Records left out.</summary>
    public int Lost { get; private set; }

    /// <summary>Adds a record.</summary>
    public void Append(ReadOnlySpan<byte> record)
    {
        var end = _file.Position;
        try
        {
            _file.Write(record);
        }
        catch (IOException)
        {
            Lost++;
            _file.SetLength(end);
            _file.Position = end;
        }
    }

    /// <summary>Takes the records after a place away.</summary>
    /// <param name="length">The end of a record.</param>
    public void CutAt(long length)
    {
        _file.SetLength(length);
        _file.Seek(0, SeekOrigin.End);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private long WholeLines()
    {
        var tail = new byte[(int)Math.Min(_file.Length, 1 << 16)];
        _file.Seek(-tail.Length, SeekOrigin.End);
        _file.ReadExactly(tail);
        return _file.Length - tail.Length + tail.AsSpan().LastIndexOf((byte)'\n') + 1;
    }
}
