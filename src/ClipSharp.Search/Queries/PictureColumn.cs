namespace ClipSharp.Search.Queries;

/// <summary>What filters ask of a picture.</summary>
public enum PictureColumn
{
    /// <summary>The file that holds it, a full path.</summary>
    Path,

    /// <summary>The folder of that file.</summary>
    Folder,

    /// <summary>The file's name, in a shard the key.</summary>
    Name,

    /// <summary>Its key in its source.</summary>
    Key,

    /// <summary>Its first caption; empty where it has none.</summary>
    Caption,

    /// <summary>The folder, shard or table that was named.</summary>
    Source,

    /// <summary>Bytes.</summary>
    Size,

    /// <summary>When the file was last changed, UTC.</summary>
    Date,
}
