namespace ClipSharp.Data;

/// <summary>What kind of data a pattern names.</summary>
public enum DatasetType
{
    /// <summary>"auto": told by the name.</summary>
    Auto,

    /// <summary>"webdataset": tar shards.</summary>
    Webdataset,

    /// <summary>"csv": tables.</summary>
    Csv,

    /// <summary>"parquet": Parquet files.</summary>
    Parquet,

    /// <summary>"folder": folders of pictures.</summary>
    Folder,

    /// <summary>"files": single pictures.</summary>
    Files,
}
