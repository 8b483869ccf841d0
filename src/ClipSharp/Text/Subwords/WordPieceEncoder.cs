namespace ClipSharp.Text.Subwords;

/// <summary>BERT's WordPiece: of each word the longest piece from the left, the following ones with ## in front; a word that is
/// too long or has a part without a piece is one unknown token.</summary>
/// <param name="table">All pieces.</param>
/// <param name="unknown">The id of an unknown word.</param>
/// <param name="mostOfWord">Characters that a word may have.</param>
internal sealed class WordPieceEncoder(PieceTable table, int unknown, int mostOfWord) : ISubwordEncoder
{
    /// <summary>What stands before a piece inside a word.</summary>
    public const string Inside = "##";

    /// <inheritdoc/>
    public void Encode(string part, bool isFirst, List<int> ids)
    {
        foreach (var word in BertText.Words(part))
        {
            var before = ids.Count;
            if (word.EnumerateRunes().Count() > mostOfWord || !TryEncode(word, ids))
            {
                ids.RemoveRange(before, ids.Count - before);
                ids.Add(unknown);
            }
        }
    }

    private bool TryEncode(string word, List<int> ids)
    {
        for (int at = 0, end; at < word.Length; at = end)
        {
            var id = -1;
            for (end = Math.Min(word.Length, at + PieceTable.MostOfPiece); end > at; end--)
            {
                id = at == 0 ? table.Find(word.AsSpan(0, end)) : table.Find(Inside + word[at..end]);
                if (id >= 0)
                {
                    break;
                }
            }

            if (id < 0)
            {
                return false;
            }

            ids.Add(id);
        }

        return true;
    }
}
