using ClipSharp.Data.Index;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Data.Pictures;

/// <summary>The last few files of a data set stay open. One thread at a time.</summary>
/// <param name="most">How many.</param>
internal sealed class OpenFiles(int most) : IDisposable
{
    private const int MostLeased = 2; // what is open stays in the cache of shards, however small that is

    private readonly LinkedList<(SampleFile File, SafeFileHandle Handle)> _open = []; // last used first

    /// <summary>What a reading of a file gives.</summary>
    /// <param name="file">The file, as it was indexed.</param>
    /// <param name="read">Reads it. Where that fails, the file is opened anew the next time.</param>
    /// <exception cref="IOException">The file is gone, or the disk fails.</exception>
    public T Read<T>(SampleFile file, Func<SafeFileHandle, T> read)
    {
        var node = Open(file);
        try
        {
            return read(node.Value.Handle);
        }
        catch
        {
            // A handle that failed once, as a stale one of NFS, fails for good.
            node.Value.Handle.Dispose();
            _open.Remove(node);
            throw;
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
            if (leased > MostLeased || (_open.Count > most && node == _open.Last))
            {
                node.Value.Handle.Dispose();
                _open.Remove(node);
                break;
            }
        }

        return opened;
    }
}
