namespace ClipSharp;

/// <summary>The kinds of refusal; each has one sysexits code on the command line.</summary>
public enum ClipError
{
    /// <summary>Wrong use of the command line or of an option (exit 64).</summary>
    Usage = 64,

    /// <summary>An input's content is wrong (exit 65).</summary>
    Data = 65,

    /// <summary>An input does not exist or cannot be read (exit 66).</summary>
    NoInput = 66,

    /// <summary>Something this needs is missing on this machine, such as libtorch (exit 69).</summary>
    Unavailable = 69,

    /// <summary>A fault of this program (exit 70).</summary>
    Software = 70,

    /// <summary>An output cannot be created (exit 73).</summary>
    CannotCreate = 73,

    /// <summary>Reading or writing failed midway, such as a full disk (exit 74).</summary>
    InputOutput = 74,

    /// <summary>A configuration does not fit together (exit 78).</summary>
    Config = 78,
}
