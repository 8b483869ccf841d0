using System.Text;

namespace ClipSharp.Text.Subwords.Formats;

/// <summary>Reads BERT's <c>vocab.txt</c>: a piece a line, the line's index its id.</summary>
internal static class WordListFile
{
    private const int MostOfWord = 100; // BertTokenizer's
    private static readonly string[] Specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The pipeline of a list.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="path">For messages.</param>
    /// <param name="lowers">Whether texts become small letters without accents.</param>
    /// <exception cref="ClipException">It is not UTF-8, has a piece twice, or lacks one of the five special tokens.</exception>
    public static SubwordPipeline Parse(ReadOnlySpan<byte> bytes, string path, bool lowers)
    {
        string[] pieces;
        try
        {
            pieces = StrictUtf8.GetString(bytes).Split('\n');
        }
        catch (DecoderFallbackException e)
        {
            throw SubwordFault.Bad(path, "The list of words is not UTF-8", e.Message, "UTF-8", e);
        }

        pieces = [.. (pieces[^1].Length == 0 ? pieces[..^1] : pieces).Select(piece => piece.TrimEnd('\r'))];
        var table = new PieceTable(pieces, path);
        if (Specials.FirstOrDefault(token => table.Find(token) < 0) is { } missing)
        {
            throw SubwordFault.Bad(path, "A special token is missing", "no " + missing, "a line with it");
        }

        return new SubwordPipeline
        {
            Pieces = pieces,
            Added = new AddedTokens(Specials.Select(token => new AddedToken(token, table.Find(token)))),
            Normalize = text => BertText.Normalize(text, lowers),
            Encoder = new WordPieceEncoder(table, table.Find("[UNK]"), MostOfWord),
            Start = table.Find("[CLS]"),
            End = table.Find("[SEP]"),
            Pad = table.Find("[PAD]"),
            IsWordPiece = true,
        };
    }
}
