namespace ClipSharp.Images.Decoding;

/// <summary>Why a file gives no picture.</summary>
public enum PictureFault
{
    /// <summary>It gives one.</summary>
    None,

    /// <summary>No byte.</summary>
    Empty,

    /// <summary>The file ends before its picture does.</summary>
    Truncated,

    /// <summary>More bytes, pixels or a longer side than the limits allow; seen before any buffer is made.</summary>
    TooLarge,

    /// <summary>The content is something else, such as an HTML page.</summary>
    NotAPicture,

    /// <summary>The content contradicts its format.</summary>
    Corrupt,

    /// <summary>A picture in a format this library does not read, such as TIFF, HEIC or AVIF.</summary>
    UnknownFormat,
}
