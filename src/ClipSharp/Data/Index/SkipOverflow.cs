namespace ClipSharp.Data.Index;

/// <summary>Losses beyond those that are held in memory, as lines of a temporary file that is gone with the process, however it
/// ends. One caller at a time.</summary>
internal sealed class SkipOverflow
{
    private FileStream? _file;
    private bool _isRefused;

    /// <summary>Adds one; false where there is no place for the file.</summary>
    public bool TryAdd(Skip skip)
    {
        try
        {
            _file ??= _isRefused ? null : Create();
            _file?.Write([.. LeftOutFile.Line(skip), (byte)'\n']);
            return _file is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What was written before stays; the rest is held in memory.
            _isRefused = _file is null;
            return false;
        }
    }

    /// <summary>All lines, without their ends.</summary>
    public IEnumerable<byte[]> Lines()
    {
        if (_file is null)
        {
            yield break;
        }

        var end = _file.Position;
        _file.Position = 0;
        using (var reader = new StreamReader(_file, leaveOpen: true))
        {
            while (reader.ReadLine() is { } line)
            {
                yield return System.Text.Encoding.UTF8.GetBytes(line);
            }
        }

        _file.Position = end;
    }

    private static FileStream Create()
    {
        var path = Path.Combine(Path.GetTempPath(), $"clipsharp-left-out-{Guid.NewGuid():N}.jsonl");
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, 1 << 16,
            FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
        {
            File.Delete(path); // stays until it is closed, even by a kill
        }

        return file;
    }
}
