namespace ClipSharp.Data.Index;

/// <summary>What a sample must have beside its picture to be of use.</summary>
public enum SampleNeed
{
    /// <summary>A caption or a class.</summary>
    CaptionOrClass,

    /// <summary>At least one caption, as training and retrieval need.</summary>
    Caption,

    /// <summary>A class, as classification needs.</summary>
    Class,

    /// <summary>Nothing more, as for embedding pictures.</summary>
    Picture,
}
