namespace ClipSharp.Images;

/// <summary>What clear parts of a picture lie on.</summary>
public enum Background
{
    /// <summary>"drop": nothing; alpha is ignored, as the reference does.</summary>
    Drop,

    /// <summary>"white".</summary>
    White,

    /// <summary>"black".</summary>
    Black,

    /// <summary>"random": a plain colour or a gradient of two, new for each picture; in training only.</summary>
    Random,
}
