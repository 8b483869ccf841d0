namespace ClipSharp.Data.Index;

/// <summary>Why a sample, or the rest of a shard, was left out. Every loss has one of these reasons and is counted.</summary>
public enum SkipReason
{
    /// <summary>A picture without a caption (and without a class where that would do).</summary>
    NoCaption,

    /// <summary>A caption or class without a picture.</summary>
    NoPicture,

    /// <summary>Captions that cannot be read: broken JSON, a class that is no number, a text over the limit, a bad CSV
    /// row.</summary>
    BadText,

    /// <summary>A picture of 0 bytes.</summary>
    EmptyPicture,

    /// <summary>A picture whose data ends too early.</summary>
    TruncatedPicture,

    /// <summary>A picture over the limit of bytes, pixels or side length.</summary>
    TooLarge,

    /// <summary>Bytes that are no picture of any kind.</summary>
    NotAPicture,

    /// <summary>A picture with damaged data.</summary>
    CorruptPicture,

    /// <summary>A picture format that is not supported.</summary>
    UnknownFormat,

    /// <summary>An incomplete piece of a key whose members repeat: pairing it would be a guess.</summary>
    RepeatedMember,

    /// <summary>The shard ends in the middle of an entry; what follows is lost.</summary>
    TruncatedShard,

    /// <summary>A damaged shard: a header is wrong and what follows is lost.</summary>
    CorruptShard,

    /// <summary>A compressed shard, which cannot be read at random; nothing of it is used.</summary>
    CompressedShard,

    /// <summary>The disk failed, or the file changed after it was indexed.</summary>
    ReadFailed,

    /// <summary>A picture without a class where one is needed.</summary>
    NoClass,

    /// <summary>A shard that a range or <c>nshards.txt</c> names and that is not there.</summary>
    MissingShard,

    /// <summary>A file that is no tar.</summary>
    NotAShard,

    /// <summary>A file in a folder that is no picture and no text of one.</summary>
    OtherFile,

    /// <summary>A hidden file, or one in a hidden folder.</summary>
    Hidden,

    /// <summary>A file in a folder that a system keeps for itself, such as the thumbnails of <c>@eaDir</c>.</summary>
    SystemFolder,

    /// <summary>A folder behind a link, which is not entered.</summary>
    LinkedFolder,
}
