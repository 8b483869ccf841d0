namespace ClipSharp.Text.Repair;

/// <summary>The <see cref="MojibakeKinds"/> of each character, as ftfy 6.3 sorts them.</summary>
internal static class MojibakeCharacters
{
    private const string UsualPunctuation = "–—―‘’‚“”„•…";

    // A hyphen stands for all characters between its neighbours.
    private static readonly (MojibakeKinds Kind, string Characters)[] Sets =
    [
        (MojibakeKinds.Common, "\u00a0\u00ad´·–-―’…"),
        (MojibakeKinds.C1, "\u0080-\u009f"),
        (MojibakeKinds.Bad, "¤¦¨ª¬¯¸ºƒ\u02c6\u02c7\u02d8\u02db\u02dc†‡‰⌐◊\ufffd"),
        (MojibakeKinds.Law, "§¶"),
        (MojibakeKinds.Currency, "¢£¥₧€"),
        (MojibakeKinds.Opening, "¡©«¿\u0384\u0385‘‚“„•‹\uf8ff"),
        (MojibakeKinds.Closing, "®»\u02dd”›™"),
        (MojibakeKinds.Numeric, "±-³µ¹¼-¾×÷⁄№∂∆∏∑√∞∩∫≈≠≡≤≥"),
        (MojibakeKinds.Kaomoji, "°Ò-ÖÙ-Üò-öø-üŌŐŪŲ"),
        (MojibakeKinds.UpperAccented, "À-ÑØÜÝĀĂĄĆČĎĐĒĖĘĚĞĢĪİĶĹĻĽŁŃŅŇŒŘŚŞŠŢŤŮŰŸŹŻŽҐ"),
        (MojibakeKinds.LowerAccented, "ß-ñüāăąćčďđēėęěğģīįķĺļľłœŕśşšťźżžґﬁﬂ"),
        (MojibakeKinds.UpperCommon, "ÞΆΈ-ΊΌΎΏΑ-ΫЁ-Я"),
        (MojibakeKinds.LowerCommon, "ά-ωа-џ"),
        (MojibakeKinds.Box, "│┌┐┘├┤┬┼═-╬▀▄█▌▐-▓"),
    ];

    private static readonly MojibakeKinds[] Kinds = Sort();

    public static MojibakeKinds Of(char c) => Kinds[CharacterIndex.Of(c)];

    public static bool Is(char c, MojibakeKinds kinds) => (Of(c) & kinds) != 0;

    private static MojibakeKinds[] Sort()
    {
        var kinds = new MojibakeKinds[CharacterIndex.Count];
        foreach (var (kind, characters) in Sets)
        {
            for (var at = 0; at < characters.Length; at++)
            {
                var isRange = at + 2 < characters.Length && characters[at + 1] == '-';
                var last = isRange ? characters[at + 2] : characters[at];
                for (var c = characters[at]; c <= last; c++)
                {
                    kinds[CharacterIndex.Of(c)] |= kind;
                }

                at += isRange ? 2 : 0;
            }
        }

        for (var encoding = SingleByteEncodings.Latin1; encoding <= SingleByteEncodings.LastWindows; encoding++)
        {
            for (var value = 0x80; value <= 0xF3; value++)
            {
                kinds[CharacterIndex.Of(SingleByteEncodings.Character(encoding, value))] |= value switch
                {
                    <= 0xBF => MojibakeKinds.Continuation | MojibakeKinds.StrictContinuation,
                    >= 0xC2 and <= 0xDF => MojibakeKinds.LeadOfTwo,
                    >= 0xE0 and <= 0xEF => MojibakeKinds.LeadOfThree,
                    0xF0 or 0xF3 => MojibakeKinds.LeadOfFour, // others would be characters that are not assigned
                    _ => MojibakeKinds.None,
                };
            }
        }

        kinds[' '] |= MojibakeKinds.Continuation;
        foreach (var c in UsualPunctuation)
        {
            kinds[CharacterIndex.Of(c)] &= ~MojibakeKinds.StrictContinuation;
        }

        return kinds;
    }
}
