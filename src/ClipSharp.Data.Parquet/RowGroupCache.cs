namespace ClipSharp.Data.Parquet;

/// <summary>The pictures of row groups, unpacked: the one used last, and others up to a number of bytes. Each thread that
/// unpacks one holds that, too. Thread-safe.</summary>
/// <param name="mostBytes">Bytes of pictures that are kept.</param>
internal sealed class RowGroupCache(long mostBytes)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(object File, int Group), LinkedListNode<Entry>> _found = [];
    private readonly LinkedList<Entry> _used = []; // last used first
    private long _bytes;

    /// <summary>The pictures of a row group, one a row, null where there is none.</summary>
    /// <param name="file">Which file, by reference.</param>
    /// <param name="group">Which of its row groups.</param>
    /// <param name="load">Unpacks it; not called twice at a time for one group. What it throws comes out, and nothing is
    /// kept.</param>
    public byte[]?[] Get(object file, int group, Func<byte[]?[]> load)
    {
        LinkedListNode<Entry>? node;
        lock (_gate)
        {
            if (_found.TryGetValue((file, group), out node))
            {
                _used.Remove(node);
                _used.AddFirst(node);
            }
            else
            {
                node = _used.AddFirst(new Entry(file, group));
                _found.Add((file, group), node);
            }
        }

        var entry = node.Value;
        lock (entry)
        {
            if (entry.Pictures is { } there)
            {
                return there;
            }

            try
            {
                entry.Pictures = load();
            }
            finally
            {
                lock (_gate)
                {
                    if (entry.Pictures is null)
                    {
                        Remove(node);
                    }
                    else if (node.List is not null)
                    {
                        entry.Bytes = entry.Pictures.Sum(picture => picture?.LongLength ?? 0);
                        _bytes += entry.Bytes;
                        RemoveOldest();
                    }
                }
            }

            return entry.Pictures;
        }
    }

    private void RemoveOldest()
    {
        while (_bytes > mostBytes && _used.Count > 1)
        {
            Remove(_used.Last!);
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        if (node.List is not null)
        {
            _used.Remove(node);
            _found.Remove((node.Value.File, node.Value.Group));
            _bytes -= node.Value.Bytes;
        }
    }

    private sealed record Entry(object File, int Group)
    {
        public byte[]?[]? Pictures { get; set; }

        public long Bytes { get; set; }
    }
}
