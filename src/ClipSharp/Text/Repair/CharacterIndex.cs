namespace ClipSharp.Text.Repair;

/// <summary>Numbers the characters that any of the <see cref="SingleByteEncodings"/> has, so that tables about them stay
/// small.</summary>
internal static class CharacterIndex
{
    public const int Count = Other + 1;

    private const int Low = 0x500; // Latin, Greek, Cyrillic
    private const int Symbols = 0x2000;
    private const int SymbolCount = 0x600;
    private const int Rest = Low + SymbolCount;
    private const int Other = Rest + 4;

    /// <summary>0 to <see cref="Count"/> − 1; all other characters share the last.</summary>
    public static int Of(char c) => c < Low ? c
        : (uint)(c - Symbols) < SymbolCount ? Low + c - Symbols
        : c switch
        {
            '\uf8ff' => Rest,
            'ﬁ' => Rest + 1,
            'ﬂ' => Rest + 2,
            '\ufffd' => Rest + 3,
            _ => Other,
        };
}
