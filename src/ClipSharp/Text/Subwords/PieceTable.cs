using System.Globalization;
using System.Text;

namespace ClipSharp.Text.Subwords;

/// <summary>The pieces of a vocabulary, found by their characters.</summary>
internal sealed class PieceTable
{
    /// <summary>Characters of a piece; the published vocabularies stay below 100.</summary>
    public const int MostOfPiece = 1024;

    /// <summary>Pieces of a vocabulary; the largest published one, XLM-V's, has 901,629.</summary>
    public const int MostPieces = 1 << 21;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _byText;

    /// <param name="pieces">By id; null where no text gets the id.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ClipException">A piece is there twice, or too long, or there are too many.</exception>
    public PieceTable(IReadOnlyList<string?> pieces, string path)
    {
        RequireFew(pieces.Count, path);
        _ids = new Dictionary<string, int>(pieces.Count, StringComparer.Ordinal);
        _byText = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var id = 0; id < pieces.Count; id++)
        {
            if (pieces[id] is not { } piece)
            {
                continue;
            }

            if (piece.Length is 0 or > MostOfPiece)
            {
                throw SubwordFault.Bad(path, "A piece has an impossible length",
                    string.Create(CultureInfo.InvariantCulture, $"{piece.Length} characters of id {id}"), $"1 to {MostOfPiece}");
            }

            if (!_ids.TryAdd(piece, id))
            {
                throw SubwordFault.Bad(path, "A piece has two ids", $"'{piece}' twice", "each piece once");
            }
        }
    }

    /// <summary>Refuses a vocabulary of more pieces than any has: small ones in a large file take many times its bytes.</summary>
    /// <exception cref="ClipException">There are more.</exception>
    public static void RequireFew(int pieces, string path)
    {
        if (pieces > MostPieces)
        {
            throw SubwordFault.Bad(path, "The vocabulary has too many pieces", "more", $"at most {MostPieces}");
        }
    }

    /// <summary>All pieces with their ids.</summary>
    public IReadOnlyDictionary<string, int> All => _ids;

    /// <summary>The id of a piece, or −1.</summary>
    public int Find(ReadOnlySpan<char> piece) => _byText.TryGetValue(piece, out var id) ? id : -1;

    /// <summary>The ids of the 256 pieces <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, as SentencePiece spells bytes; −1 where one
    /// is missing (Gemma's <c>tokenizer.json</c> has a tab for 9).</summary>
    /// <param name="pieces">All pieces by id.</param>
    public static int[] BytesOf(IReadOnlyList<string> pieces)
    {
        var ids = Enumerable.Repeat(-1, 256).ToArray();
        for (var id = 0; id < pieces.Count; id++)
        {
            if (pieces[id] is ['<', '0', 'x', var high, var low, '>']
                && char.IsAsciiHexDigitUpper(high) && char.IsAsciiHexDigitUpper(low))
            {
                ids[Convert.FromHexString([high, low])[0]] = id;
            }
        }

        return ids;
    }

    /// <summary>Adds the ids of a character's bytes, or nothing when one has none.</summary>
    /// <returns>Whether they were added.</returns>
    public static bool TryAddBytes(ReadOnlySpan<char> character, int[] byteIds, List<int> ids)
    {
        Span<byte> bytes = stackalloc byte[4];
        var length = Encoding.UTF8.GetBytes(character, bytes);
        var before = ids.Count;
        foreach (var value in bytes[..length])
        {
            if (byteIds[value] < 0)
            {
                ids.RemoveRange(before, ids.Count - before);
                return false;
            }

            ids.Add(byteIds[value]);
        }

        return true;
    }
}
