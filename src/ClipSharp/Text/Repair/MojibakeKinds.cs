namespace ClipSharp.Text.Repair;

/// <summary>What a character that occurs in mojibake is otherwise used for: what it may stand beside in real text.</summary>
[Flags]
internal enum MojibakeKinds
{
    None = 0,

    /// <summary>Beside anything.</summary>
    Common = 1 << 0,

    /// <summary>Control characters U+0080 to U+009F, of no use in real text.</summary>
    C1 = 1 << 1,

    /// <summary>Hardly used but by mistake.</summary>
    Bad = 1 << 2,

    Law = 1 << 3,
    Currency = 1 << 4,
    Opening = 1 << 5,
    Closing = 1 << 6,
    Numeric = 1 << 7,

    /// <summary>Letters that make faces.</summary>
    Kaomoji = 1 << 8,

    UpperAccented = 1 << 9,
    LowerAccented = 1 << 10,

    /// <summary>Capitals of whole alphabets, in any place of a word.</summary>
    UpperCommon = 1 << 11,

    LowerCommon = 1 << 12,
    Box = 1 << 13,

    /// <summary>Read from a byte that begins two bytes of UTF-8, in Latin-1 or one of the Windows encodings.</summary>
    LeadOfTwo = 1 << 14,

    LeadOfThree = 1 << 15,
    LeadOfFour = 1 << 16,

    /// <summary>Read from a byte inside a UTF-8 sequence, or a space that was U+00A0.</summary>
    Continuation = 1 << 17,

    /// <summary>A continuation that is no usual punctuation.</summary>
    StrictContinuation = 1 << 18,

    Accented = UpperAccented | LowerAccented,
    Punctuation = Opening | Closing,
}
