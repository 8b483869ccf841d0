using System.Numerics;
using ClipSharp.Files;

namespace ClipSharp.Cli.Tests.Crashes;

/// <summary>A disk of which one operation fails, once, as the system says it.</summary>
/// <param name="failing">Which, from 0; −1 = none.</param>
/// <param name="isFull">Whether there is no room, or the device fails.</param>
internal sealed class FaultyDisk(int failing, bool isFull)
{
    private readonly Lock _gate = new();
    private readonly List<StorageOperation> _seen = [];
    private readonly Dictionary<string, int> _writes = [];

    /// <summary>The operations so far; of the many writes to one file the first, second, fourth and so on.</summary>
    public IReadOnlyList<StorageOperation> Seen => _seen;

    /// <summary>The operation that failed; null while it was not met.</summary>
    public StorageOperation? Failed { get; private set; }

    /// <summary>To be set as <see cref="DurableStorage.Watch"/>.</summary>
    public void Watch(StorageOperation operation)
    {
        lock (_gate)
        {
            if (operation.Action == StorageAction.Write)
            {
                var count = _writes.GetValueOrDefault(operation.Path) + 1;
                _writes[operation.Path] = count;
                if (!BitOperations.IsPow2(count))
                {
                    return;
                }
            }

            _seen.Add(operation);
            if (_seen.Count - 1 != failing)
            {
                return;
            }

            Failed = operation;
        }

        throw isFull
            ? new IOException($"No space left on device : '{operation.Path}'", 28)
            : new IOException($"Input/output error : '{operation.Path}'", 5);
    }
}
