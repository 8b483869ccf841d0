namespace ClipSharp.Images;

/// <summary>How a picture that is no square becomes one.</summary>
public enum ResizeMode
{
    /// <summary>"shortest": as small as still covers H × W, and the middle is cut out.</summary>
    Shortest,

    /// <summary>"longest": as large as fits into H × W, and the rest is padded.</summary>
    Longest,

    /// <summary>"squash": the sides become H and W.</summary>
    Squash,
}
