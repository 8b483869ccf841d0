using System.Globalization;
using System.Text;
using ClipSharp.Files.ProtocolBuffers;

namespace ClipSharp.Text.Subwords.Formats;

/// <summary>Reads a model of the sentencepiece library (<c>ModelProto</c> of its <c>sentencepiece_model.proto</c>), unigram or
/// byte pairs, as far as it decides about ids.</summary>
internal sealed class SentencePieceFile
{
    private const string Kind = "SentencePiece model";
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Byte = 6;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _path;
    private readonly List<string> _pieces = [];
    private readonly List<float> _scores = [];
    private readonly List<int> _kinds = [];
    private int _modelType = 1;
    private bool _fallsBackToBytes;
    private bool _putsSpacesAfter;
    private string _start = "<s>";
    private string _end = "</s>";
    private string _pad = "<pad>";
    private bool _addsPrefix = true;
    private bool _collapsesSpaces = true;
    private bool _escapesSpaces = true;
    private CharacterMap? _map;

    private SentencePieceFile(string path) => _path = path;

    /// <summary>What a file says.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ClipException">It is damaged, or of a kind that is not known here.</exception>
    public static SentencePieceFile Parse(ReadOnlySpan<byte> bytes, string path)
    {
        var file = new SentencePieceFile(path);
        var model = new ProtoReader(bytes, path, Kind);
        while (model.Next())
        {
            switch (model.Field)
            {
                case 1:
                    file.AddPiece(model.Bytes);
                    break;
                case 2:
                    file.ReadTrainer(model.Bytes);
                    break;
                case 3:
                    file.ReadNormalizer(model.Bytes);
                    break;
            }
        }

        return file;
    }

    /// <summary>The pieces by id.</summary>
    public IReadOnlyList<string> Pieces => _pieces;

    /// <summary>The pipeline of a model whose ids are its own.</summary>
    /// <param name="hasStart">Whether its start token is put before each text.</param>
    /// <param name="extra">Pieces behind its own.</param>
    public SubwordPipeline Pipeline(bool hasStart, IEnumerable<string> extra) => new()
    {
        Pieces = [.. _pieces, .. extra],
        Normalize = Normalizer(),
        Encoder = Encoder(id => id),
        Start = hasStart ? Id(_start) : null,
        End = Id(_end),
        Pad = _pieces.IndexOf(_pad) is >= 0 and var pad ? pad : Id(_end),
    };

    /// <summary>The pipeline of XLM-R's kind: start, padding, end and unknown have the ids 0 to 3, the model's own pieces follow,
    /// a mask comes last.</summary>
    public SubwordPipeline XlmPipeline()
    {
        if (_pieces is not ["<unk>", "<s>", "</s>", ..])
        {
            throw SubwordFault.Other(_path, "pieces", string.Join(' ', _pieces.Take(3)), "<unk>, <s> and </s> first");
        }

        return new SubwordPipeline
        {
            Pieces = ["<s>", "<pad>", "</s>", "<unk>", .. _pieces.Skip(3), "<mask>"],
            Normalize = Normalizer(),
            Encoder = Encoder(id => id switch { 0 => 3, 1 => 0, 2 => 2, _ => id + 1 }),
            Start = 0,
            End = 2,
            Pad = 1,
        };
    }

    private int Id(string piece) => _pieces.IndexOf(piece) is >= 0 and var id ? id
        : throw SubwordFault.Bad(_path, "A special token is missing", "no " + piece, "it among the pieces");

    private Numbered Encoder(Func<int, int> outer)
    {
        var unknown = _kinds.IndexOf(Unknown);
        if (unknown < 0 || !_kinds.Contains(Normal) || _modelType is not (1 or 2) || _putsSpacesAfter || !_escapesSpaces)
        {
            throw SubwordFault.Other(_path, "model", string.Create(CultureInfo.InvariantCulture,
                    $"type {_modelType}, {_pieces.Count} pieces, spaces after words: {_putsSpacesAfter}, as ▁: {_escapesSpaces}"),
                "unigram (1) or byte pairs (2) with an unknown token, spaces before words as ▁");
        }

        var table = new PieceTable([.. _pieces.Select((piece, id) => _kinds[id] is Normal or UserDefined ? piece : null)], _path);
        var byteIds = _fallsBackToBytes ? BytesOf() : null;
        var normal = Enumerable.Range(0, _pieces.Count).Where(id => _kinds[id] == Normal).Select(id => _scores[id]).ToList();
        var (least, most) = (normal.Min(), normal.Max());
        return _modelType == 2
            ? new Numbered(new MergeEncoder(table, id => _scores[id], Whole(), unknown, byteIds), outer)
            : new Numbered(new UnigramEncoder(table, Score, least, unknown, byteIds, isSingle: true), outer);

        // A user's own piece wins over what it could be cut into.
        double Score(int id) => _kinds[id] == UserDefined ? (float)((Encoding.UTF8.GetByteCount(_pieces[id]) * most) - 0.1)
            : _scores[id];
    }

    private int[] BytesOf() => PieceTable.BytesOf([.. _pieces.Select((piece, id) => _kinds[id] == Byte ? piece : "")]) is var ids
        && !ids.Contains(-1) ? ids : throw SubwordFault.Bad(_path, "The pieces of bytes are incomplete", "some", "all 256");

    private AddedTokens Whole() => new(_pieces.Select((piece, id) => new AddedToken(piece, id))
        .Where(piece => _kinds[piece.Id] == UserDefined));

    /// <summary>The library's normalizer: characters mapped, spaces trimmed and collapsed, then made ▁, one in front.</summary>
    private Func<string, string> Normalizer()
    {
        var whole = Whole();
        return text =>
        {
            var mapped = _map is null ? text
                : string.Concat(whole.Split(text).Select(part => part.Id >= 0 ? part.Text : _map.ApplyLongest(part.Text)));
            if (_collapsesSpaces)
            {
                mapped = string.Join(' ', mapped.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }

            if (mapped.Length == 0)
            {
                return "";
            }

            mapped = (_addsPrefix ? "▁" : "") + mapped.Replace(' ', MetaspaceUnigram.Space);
            return _collapsesSpaces ? mapped.TrimEnd(MetaspaceUnigram.Space) : mapped;
        };
    }

    private void AddPiece(ReadOnlySpan<byte> bytes)
    {
        var (piece, score, kind) = ("", 0f, Normal);
        var reader = new ProtoReader(bytes, _path, Kind);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    piece = Text(reader.Bytes);
                    break;
                case 2:
                    score = BitConverter.UInt32BitsToSingle((uint)reader.Number);
                    break;
                case 3:
                    kind = (int)Math.Min(reader.Number, int.MaxValue);
                    break;
            }
        }

        if (piece.Length is 0 or > PieceTable.MostOfPiece || !float.IsFinite(score) || kind is < Normal or > Byte)
        {
            throw SubwordFault.Bad(_path, "Not a piece", string.Create(CultureInfo.InvariantCulture,
                $"{piece.Length} characters, score {score}, kind {kind}"), "characters, a finite score, a kind of 1 to 6");
        }

        _pieces.Add(piece);
        _scores.Add(score);
        _kinds.Add(kind);
        PieceTable.RequireFew(_pieces.Count, _path);
    }

    private void ReadTrainer(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtoReader(bytes, _path, Kind);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    _modelType = (int)Math.Min(reader.Number, int.MaxValue);
                    break;
                case 24:
                    _putsSpacesAfter = reader.Number != 0;
                    break;
                case 35:
                    _fallsBackToBytes = reader.Number != 0;
                    break;
                case 46:
                    _start = Text(reader.Bytes);
                    break;
                case 47:
                    _end = Text(reader.Bytes);
                    break;
                case 48:
                    _pad = Text(reader.Bytes);
                    break;
            }
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtoReader(bytes, _path, Kind);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    _map = CharacterMap.Parse(reader.Bytes, _path);
                    break;
                case 3:
                    _addsPrefix = reader.Number != 0;
                    break;
                case 4:
                    _collapsesSpaces = reader.Number != 0;
                    break;
                case 5:
                    _escapesSpaces = reader.Number != 0;
                    break;
            }
        }
    }

    private string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw SubwordFault.Bad(_path, "A text is not UTF-8", e.Message, "UTF-8", e);
        }
    }

    /// <summary>An encoder of the model's ids under other numbers.</summary>
    private sealed class Numbered(ISubwordEncoder encoder, Func<int, int> outer) : ISubwordEncoder
    {
        public void Encode(string part, bool isFirst, List<int> ids)
        {
            var before = ids.Count;
            encoder.Encode(part, isFirst, ids);
            for (var at = before; at < ids.Count; at++)
            {
                ids[at] = outer(ids[at]);
            }
        }
    }
}
