namespace ClipSharp.Text;

/// <summary>Tokens and merges. In CLIP's order the tokens are the 256 byte symbols, the same closing a word, one token a merge,
/// start, end; another order of ids is possible.</summary>
internal sealed class BpeVocabulary
{
    public const string Start = "<|startoftext|>";
    public const string End = "<|endoftext|>";
    public const string WordEnd = "</w>";

    /// <summary>The tokens that no merge makes: twice 256 byte symbols, start, end.</summary>
    public const int Fixed = 514;

    /// <summary>The byte symbols in CLIP's order of bytes, then the same with <see cref="WordEnd"/>.</summary>
    public static readonly IReadOnlyList<string> Alphabet = MakeAlphabet();

    private static readonly byte[] ByteOfSymbol = MakeByteOfSymbol();

    private readonly bool[] _closesWord; // by id

    /// <param name="merged">The merges' tokens, in the order of the merges.</param>
    /// <param name="merges">Pairs of indices into the tokens in CLIP's order.</param>
    /// <param name="ids">The id of each token, 0 to n − 1; null for CLIP's order.</param>
    public BpeVocabulary(IReadOnlyList<string> merged, IReadOnlyList<(int First, int Second)> merges,
        IReadOnlyDictionary<string, int>? ids = null)
    {
        string[] inOrder = [.. Alphabet, .. merged, Start, End];
        var idOf = Enumerable.Range(0, inOrder.Length).Select(index => ids?[inOrder[index]] ?? index).ToArray();
        Tokens = new string[inOrder.Length];
        _closesWord = new bool[inOrder.Length];
        ByteIds = new int[256];
        ClosingByteIds = new int[256];
        for (var index = 0; index < inOrder.Length; index++)
        {
            Tokens[idOf[index]] = inOrder[index];
        }

        for (var index = 0; index < 256; index++)
        {
            var value = ByteOfSymbol[Alphabet[index][0]];
            ByteIds[value] = idOf[index];
            ClosingByteIds[value] = idOf[256 + index];
            _closesWord[ClosingByteIds[value]] = true;
        }

        Merges = new (int, int, int)[merges.Count];
        for (var rank = 0; rank < Merges.Length; rank++)
        {
            var (first, second) = merges[rank];
            Merges[rank] = (idOf[first], idOf[second], idOf[512 + rank]);
            _closesWord[Merges[rank].Merged] = _closesWord[idOf[second]];
        }

        StartToken = idOf[^2];
        EndToken = idOf[^1];
    }

    /// <summary>The tokens by id, in byte symbols.</summary>
    public string[] Tokens { get; }

    /// <summary>The merges by rank, as ids.</summary>
    public (int First, int Second, int Merged)[] Merges { get; }

    /// <summary>The id of each byte inside a word.</summary>
    public int[] ByteIds { get; }

    /// <summary>The id of each byte as a word's last one.</summary>
    public int[] ClosingByteIds { get; }

    public int StartToken { get; }

    public int EndToken { get; }

    /// <summary>Whether a word ends with this token.</summary>
    public bool ClosesWord(int id) => _closesWord[id];

    /// <summary>The bytes of a token, which need not be whole characters; a special token's are its name.</summary>
    public byte[] Bytes(int id)
    {
        var symbols = Tokens[id].AsSpan(0, Tokens[id].Length - (ClosesWord(id) ? WordEnd.Length : 0));
        var bytes = new byte[symbols.Length];
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] = ByteOfSymbol[symbols[at]];
        }

        return bytes;
    }

    // Bytes that print as themselves in Latin-1 keep their character, the others get U+0100 and up (GPT-2's table).
    private static List<string> MakeAlphabet()
    {
        var printing = Enumerable.Range(0, 256).Where(Prints).ToList();
        var codes = printing.Concat(Enumerable.Range(256, 256 - printing.Count));
        var symbols = codes.Select(code => ((char)code).ToString()).ToList();
        return [.. symbols, .. symbols.Select(symbol => symbol + WordEnd)];
    }

    private static byte[] MakeByteOfSymbol()
    {
        var bytes = Enumerable.Range(0, 256);
        return [.. bytes.Concat(bytes.Where(value => !Prints(value))).Select(value => (byte)value)];
    }

    private static bool Prints(int value) => value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174;
}
