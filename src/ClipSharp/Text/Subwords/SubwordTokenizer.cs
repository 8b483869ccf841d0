using System.Security.Cryptography;
using System.Text;
using ClipSharp.Files;

namespace ClipSharp.Text.Subwords;

/// <summary>The tokenizers of SigLIP, Gemma, XLM-R, mT5 and BERT: a vocabulary of SentencePiece's or of WordPiece's.</summary>
internal sealed class SubwordTokenizer : TextTokenizer
{
    private readonly SubwordPipeline _pipeline;
    private readonly IReadOnlyList<(string Name, byte[] Bytes)> _files;
    private readonly int? _dropped;
    private readonly Dictionary<int, byte> _byteOfId = [];

    /// <param name="pipeline">What the files say.</param>
    /// <param name="files">The files themselves, for <see cref="Save"/>.</param>
    /// <param name="pad">The id that fills a row.</param>
    /// <param name="cleaning">How texts are cleaned.</param>
    /// <param name="stripsSeparator">Whether end tokens become 0 in a row.</param>
    public SubwordTokenizer(SubwordPipeline pipeline, IReadOnlyList<(string Name, byte[] Bytes)> files, int pad,
        TextCleaning cleaning, bool stripsSeparator)
        : base(pipeline.Pieces.Count, pipeline.Start, pipeline.End, pad, cleaning, FingerprintOf(files, pipeline, pad, cleaning,
            stripsSeparator))
    {
        (_pipeline, _files, _dropped) = (pipeline, files, stripsSeparator ? pipeline.End : null);
        var byteIds = PieceTable.BytesOf(pipeline.Pieces);
        for (var value = 0; value < byteIds.Length; value++)
        {
            _byteOfId[byteIds[value]] = (byte)value; // −1 is nobody's id
        }
    }

    /// <inheritdoc/>
    public override void Save(string folder)
    {
        foreach (var (name, bytes) in _files)
        {
            AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(bytes));
        }
    }

    /// <inheritdoc/>
    public override int[] EncodeCleaned(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. _pipeline.Encode(text, Cleaning == TextCleaning.LowerOnly)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Pieces(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return [.. ids.Select(id => string.Concat(_pipeline.Pieces[Checked(id)].Select(c =>
            char.IsControl(c) ? $@"\x{(int)c:X2}" : c.ToString())))];
    }

    /// <inheritdoc/>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            var piece = _pipeline.Pieces[Checked(id)];
            if (_byteOfId.TryGetValue(id, out var value))
            {
                bytes.Add(value);
            }
            else if (!_pipeline.IsWordPiece)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(piece.Replace(MetaspaceUnigram.Space, ' ')));
            }
            else
            {
                var isInside = piece.StartsWith(WordPieceEncoder.Inside, StringComparison.Ordinal);
                bytes.AddRange(Encoding.UTF8.GetBytes(isInside ? piece[WordPieceEncoder.Inside.Length..] : ' ' + piece));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]).Trim(' ');
    }

    /// <inheritdoc/>
    internal override int EncodeCleaned(string text, Span<int> ids)
    {
        var all = EncodeCleaned(text);
        var length = Math.Min(all.Length, ids.Length);
        all.AsSpan(0, length).CopyTo(ids);
        return length;
    }

    /// <inheritdoc/>
    internal override void Finish(Span<int> row)
    {
        if (_dropped is { } separator)
        {
            row.Replace(separator, 0); // strip_sep_token of open_clip's HFTokenizer
        }
    }

    private static string FingerprintOf(IReadOnlyList<(string Name, byte[] Bytes)> files, SubwordPipeline pipeline, int pad,
        TextCleaning cleaning, bool stripsSeparator)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, bytes) in files)
        {
            hash.AppendData(SHA256.HashData(bytes));
        }

        hash.AppendData(Encoding.UTF8.GetBytes(
            FormattableString.Invariant($"{pipeline.Start} {pipeline.End} {pad} {cleaning} {stripsSeparator}")));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
