namespace ClipSharp.Files;

/// <summary>What is done to a disk for a durable write.</summary>
internal enum StorageAction
{
    /// <summary>A new file.</summary>
    Create,

    /// <summary>Bytes of a file.</summary>
    Write,

    /// <summary>A file's bytes are forced to the disk.</summary>
    Sync,

    /// <summary>A file or folder gets another name.</summary>
    Move,

    /// <summary>A new folder.</summary>
    CreateFolder,

    /// <summary>A folder's entries are forced to the disk.</summary>
    SyncFolder,

    /// <summary>A file, or an empty folder, goes.</summary>
    Delete,
}

/// <summary>One operation that is about to happen.</summary>
/// <param name="Action">What.</param>
/// <param name="Path">On what.</param>
/// <param name="To">The new name of what is moved.</param>
internal readonly record struct StorageOperation(StorageAction Action, string Path, string? To = null);
