using ClipSharp.Files;

namespace ClipSharp.Tests.Files;

/// <summary>What a disk loses when the power goes.</summary>
public enum PowerCut
{
    /// <summary>Everything that was not synced: bytes and names.</summary>
    LosesAll,

    /// <summary>Nothing: the system wrote everything out just before.</summary>
    LosesNothing,

    /// <summary>Names are kept, bytes that were not synced are lost: files are empty.</summary>
    LosesBytes,

    /// <summary>Names are kept, files that were not synced end in their middle.</summary>
    TearsFiles,

    /// <summary>Each folder's names and each file's bytes are kept or lost by the toss of a coin.</summary>
    LosesSome,
}

/// <summary>Watches the durable writes below a folder, and afterwards tells what a disk would hold that died after any of them.
/// Bytes and names last only when they were synced: the worst that POSIX allows.</summary>
internal sealed class SimulatedDisk
{
    private readonly string _root;
    private readonly Lock _gate = new();
    private readonly List<StorageOperation> _operations = [];
    private readonly Dictionary<string, byte[]> _contents = [];

    /// <param name="root">The folder; what is in it now is on the disk.</param>
    public SimulatedDisk(string root)
    {
        _root = Path.GetFullPath(root);
        foreach (var file in Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories))
        {
            _contents[file] = File.ReadAllBytes(file);
        }

        Before = [.. _contents.Keys];
    }

    /// <summary>Operations seen so far.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _operations.Count;
            }
        }
    }

    /// <summary>Operations that are taken for done although the disk never saw them: the control.</summary>
    public HashSet<StorageAction> Ignored { get; } = [];

    private IReadOnlyList<string> Before { get; }

    /// <summary>To be set as <see cref="DurableStorage.Watch"/>.</summary>
    public void Record(StorageOperation operation)
    {
        lock (_gate)
        {
            // A part is complete when it gets its name, and is written by nobody before it is read here.
            if (operation.Action == StorageAction.Move && File.Exists(operation.Path))
            {
                _contents[operation.Path] = File.ReadAllBytes(operation.Path);
            }

            // What grows in place was promised to nobody, and one writing of a part is as good as many.
            var isKnown = operation.Action == StorageAction.Write
                && (!operation.Path.EndsWith(AtomicFile.PartEnding, StringComparison.Ordinal) || _operations[^1] == operation);
            if (operation.Path.StartsWith(_root, StringComparison.Ordinal) && !isKnown)
            {
                _operations.Add(operation);
            }
        }
    }

    /// <summary>Writes into a folder what the disk holds that died before operation <paramref name="count"/>.</summary>
    public void Recover(int count, PowerCut cut, string target)
    {
        var root = new Node();
        foreach (var file in Before)
        {
            Place(root, file).Now[Path.GetFileName(file)] = new Node { Content = _contents[file], IsSynced = true };
        }

        SyncAll(root);
        foreach (var operation in _operations.Take(count).Where(o => !Ignored.Contains(o.Action)))
        {
            Apply(root, operation);
        }

        var coin = new RandomStream(count, RandomPurpose.Resampling);
        Write(root, target, cut, ref coin);
    }

    private void Apply(Node root, StorageOperation operation)
    {
        var (folder, name) = (Place(root, operation.Path), Path.GetFileName(operation.Path));
        switch (operation.Action)
        {
            case StorageAction.Create:
                folder.Now[name] = new Node { Content = [] };
                break;
            case StorageAction.Write:
                folder.Now[name].Content = _contents.GetValueOrDefault(operation.Path, []);
                break;
            case StorageAction.Sync:
                folder.Now[name].IsSynced = true;
                break;
            case StorageAction.Move:
                folder.Now.Remove(name, out var moved);
                Place(root, operation.To!).Now[Path.GetFileName(operation.To!)] = moved!;
                break;
            case StorageAction.CreateFolder:
                folder.Now.TryAdd(name, new Node());
                break;
            case StorageAction.SyncFolder:
                var synced = operation.Path == _root ? root : folder.Now[name];
                synced.Lasting = new(synced.Now);
                break;
            case StorageAction.Delete:
                folder.Now.Remove(name);
                break;
        }
    }

    // The folder that holds a path.
    private Node Place(Node root, string path)
    {
        var node = root;
        foreach (var part in Path.GetRelativePath(_root, Path.GetDirectoryName(path)!).Split('/').Where(part => part != "."))
        {
            if (part == "..")
            {
                return new Node(); // the root itself is named
            }

            if (!node.Now.TryGetValue(part, out var next))
            {
                node.Now[part] = next = new Node();
            }

            node = next;
        }

        return node;
    }

    private static void SyncAll(Node node)
    {
        node.Lasting = new(node.Now);
        foreach (var inner in node.Now.Values)
        {
            SyncAll(inner);
        }
    }

    private static void Write(Node node, string target, PowerCut cut, ref RandomStream coin)
    {
        Directory.CreateDirectory(target);
        var keepsNames = cut != PowerCut.LosesAll && (cut != PowerCut.LosesSome || coin.NextBool(0.5));
        foreach (var (name, inner) in keepsNames ? node.Now : node.Lasting)
        {
            var path = Path.Combine(target, name);
            if (inner.Content is not { } content)
            {
                Write(inner, path, cut, ref coin);
                continue;
            }

            var kept = inner.IsSynced || cut == PowerCut.LosesNothing || (cut == PowerCut.LosesSome && coin.NextBool(0.5))
                ? content.Length
                : cut == PowerCut.TearsFiles ? content.Length / 2
                : 0;
            File.WriteAllBytes(path, content[..kept]);
        }
    }

    private sealed class Node
    {
        public Dictionary<string, Node> Now { get; } = [];

        public Dictionary<string, Node> Lasting { get; set; } = [];

        /// <summary>Null for a folder.</summary>
        public byte[]? Content { get; set; }

        public bool IsSynced { get; set; }
    }
}
