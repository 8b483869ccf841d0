namespace ClipSharp.Images;

/// <summary>How a picture that is no square becomes one.</summary>
public enum ResizeMode
{
    /// <summary>"shortest": the short side becomes S, and the middle is cut out.</summary>
    Shortest,

    /// <summary>"longest": the long side becomes S, and the rest is padded.</summary>
    Longest,

    /// <summary>"squash": both sides become S.</summary>
    Squash,
}
