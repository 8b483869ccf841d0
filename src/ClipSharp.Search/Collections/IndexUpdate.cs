using System.Numerics.Tensors;
using System.Security.Cryptography;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Parts;
using ClipSharp.Search.Segments;
using ClipSharp.Search.Updates;
using ClipSharp.Search.VectorFiles;

namespace ClipSharp.Search.Collections;

/// <summary>Brings an index in line with its sources: what is new or changed is encoded, what moved keeps its vector, what is
/// gone is taken out. Size and time say whether a picture is read again, its bytes' hash whether it is encoded again. A run
/// that was ended, however, goes on behind its last whole segment, and the index is the same as if it had not been.</summary>
public sealed class IndexUpdate : IIndexChange
{
    /// <summary>Pictures of a segment: what a run that is ended may lose.</summary>
    public const int SegmentPictures = 4096;

    private readonly IPictureWriter _store;
    private readonly SampleIndex _found;
    private readonly int _segmentPictures;
    private readonly KnownPictures _known;
    private readonly SourceComparison _compared;
    private readonly IndexParts.Membership? _part;
    private UpdateSummary _summary;

    private IndexUpdate(IPictureWriter store, CombinedSource source, SampleIndex found, int segmentPictures,
        IndexParts.Membership? part)
    {
        (_store, _found, _segmentPictures, _part) = (store, found, segmentPictures, part);
        _known = KnownPictures.Read(store);
        var pictures = SourceComparison.Pictures(source, found);
        _compared = SourceComparison.Of(source, part?.Begin(found, pictures, segmentPictures) ?? pictures, _known);
        _summary = new UpdateSummary { Unchanged = _compared.Unchanged };
    }

    /// <summary>The model of the index as a person named it; null where the index is new.</summary>
    public string? Model => _store.Model?.Name;

    /// <summary>What computed its vectors, such as "torch cpu bf16"; null where the index is new.</summary>
    public string? Engine => _store.Model?.Engine;

    /// <summary>Pictures that are new or may have changed.</summary>
    public int Candidates => _compared.Candidates.Count;

    long IIndexChange.Candidates => Candidates;

    /// <summary>Pictures that are no longer there; some may have moved.</summary>
    public int Gone => _compared.Gone.Count;

    /// <summary>Remarks of the sources.</summary>
    public IReadOnlyList<string> Notes => _found.Notes;

    /// <summary>The ledger of what has no vector.</summary>
    internal string Ledger => Path.Combine(_store.Where, LeftOutFile.FileName);

    /// <summary>Looks at the sources; nothing is written but the folder of a new index.</summary>
    /// <param name="folder">The index, or where it shall be.</param>
    /// <param name="named">Folders, shards, tables, files, patterns.</param>
    /// <param name="options">How data is read.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">A source is not there or holds no picture, or the folder cannot be changed.</exception>
    public static IndexUpdate Begin(string folder, IReadOnlyList<string> named, DataOptions options,
        CancellationToken cancel = default) => Begin(() => FolderWriter.Open(folder), named, options, cancel: cancel);

    /// <summary>The same for a part of the pictures, of which <see cref="IndexMerge"/> makes one index: whole segments of a new
    /// index are of one part.</summary>
    /// <param name="folder">Where the index shall be; the part lies beside it until it is merged.</param>
    /// <param name="part">Which part.</param>
    /// <param name="named">Folders, shards, tables, files, patterns.</param>
    /// <param name="options">How data is read.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The index is there already, or another process makes this part.</exception>
    public static IndexUpdate BeginPart(string folder, WorkPart part, IReadOnlyList<string> named, DataOptions options,
        CancellationToken cancel = default) => BeginPart(folder, part, named, options, SegmentPictures, cancel);

    internal static IndexUpdate BeginPart(string folder, WorkPart part, IReadOnlyList<string> named, DataOptions options,
        int segmentPictures, CancellationToken cancel = default)
    {
        var membership = IndexParts.Join(folder, part);
        return Begin(() => FolderWriter.Open(membership.Folder), named, options, segmentPictures, membership, cancel);
    }

    /// <summary>The same for any store, which is opened once the sources are known to be there; the update disposes it.</summary>
    internal static IndexUpdate Begin(Func<IPictureWriter> open, IReadOnlyList<string> named, DataOptions options,
        int segmentPictures = SegmentPictures, IndexParts.Membership? part = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(named);
        var source = CombinedSource.Open(named, options);
        var found = SampleIndex.Build(source, SampleNeed.Picture, cancel: cancel);
        var store = open();
        try
        {
            return new IndexUpdate(store, source, found, segmentPictures, part);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Encodes and writes.</summary>
    /// <param name="clip">The model, which must be the index's; it may be null where there are no
    /// <see cref="Candidates"/>.</param>
    /// <param name="modelName">How a person named it.</param>
    /// <param name="progress">Told how many of <see cref="Candidates"/> are done.</param>
    /// <param name="cancel">Stops between two batches; whole segments stay.</param>
    /// <exception cref="ClipException">The index is of another model, nothing can be decoded, or the disk fails.</exception>
    public UpdateSummary Run(Clip? clip, string modelName, IProgress<long>? progress = null,
        CancellationToken cancel = default)
    {
        var model = clip is null ? _store.Model : IndexModel.Require(_store.Model, clip, modelName, _store.Where);
        if (Candidates > 0)
        {
            ArgumentNullException.ThrowIfNull(clip);
            using var reader = new PictureReader(_found);
            var done = 0L;
            foreach (var chunk in _compared.Candidates.Chunk(_segmentPictures))
            {
                AddSegment(chunk, model!, clip, reader, new Offset(progress, done), cancel);
                done += chunk.Length;
                progress?.Report(done);
            }
        }

        if (Gone > 0)
        {
            _store.Write(model!, new PictureChange([], [.. _known.RowsOf(_compared.Gone)], []));
            _compared.Gone.ForEach(_known.Remove);
            _summary = _summary with { Removed = _summary.Removed + Gone };
        }

        if (_known.Count == 0 && _part is null)
        {
            throw new ClipException(ClipError.Data, "Nothing could be encoded", _found.Picture(0).File.Path,
                $"{_found.Count} pictures, {_compared.LeftOut}", "at least one whole picture",
                "Look at the data with: clipsharp data inspect");
        }

        // What was left out before and in this run, told once; what the sources lost, by the first part.
        SkipReport[] losses = _part is { IsFirst: false } ? [_compared.LeftOut] : [_found.Skips, _compared.LeftOut];
        _store.Finish(losses);
        _part?.Finish(_compared.LeftOut.Total);
        return _summary with { Pictures = _known.Count, LeftOut = losses.Sum(report => report.Total) };
    }

    /// <summary>Lets other processes change the index.</summary>
    public void Dispose() => _store.Dispose();

    private void AddSegment(IReadOnlyList<(int Sample, IndexedPicture Picture)> chunk, IndexModel model, Clip clip,
        PictureReader reader, IProgress<long> progress, CancellationToken cancel)
    {
        var hashed = new List<(int Sample, IndexedPicture Picture)>();
        foreach (var (sample, picture) in chunk)
        {
            cancel.ThrowIfCancellationRequested();
            if (reader.TryRead(sample, out var bytes, out var detail, clip.Pictures.Limits))
            {
                hashed.Add((sample, picture with { Hash = Convert.ToHexStringLower(SHA256.HashData(bytes)) }));
            }
            else
            {
                // Not kept: it is tried again the next time.
                _compared.LeftOut.Add(new Skip(SkipReason.ReadFailed, picture.Place, picture.Key, detail));
            }
        }

        var segment = new NewSegment();
        var toEncode = Copy(hashed, segment);
        Encode(toEncode, clip, segment, progress, cancel);
        Commit(segment, model);
    }

    // Bytes that are known keep their vector; the others come back.
    private List<(int Sample, IndexedPicture Picture)> Copy(List<(int Sample, IndexedPicture Picture)> pictures,
        NewSegment segment)
    {
        var rows = pictures.Select(picture => _known.TryFind(picture.Picture.Hash, out var row) ? row : default(long?)).ToList();
        var vectors = _store.Vectors([.. rows.OfType<long>().Distinct()]);
        var others = new List<(int Sample, IndexedPicture Picture)>();
        foreach (var (row, (sample, picture)) in rows.Zip(pictures))
        {
            if (row is { } known && vectors.TryGetValue(known, out var vector))
            {
                segment.Add(sample, picture, vector);
            }
            else
            {
                others.Add((sample, picture));
            }
        }

        return others;
    }

    private void Encode(List<(int Sample, IndexedPicture Picture)> pictures, Clip clip, NewSegment segment,
        IProgress<long> progress, CancellationToken cancel)
    {
        var part = _found.Select(pictures.Select(picture => picture.Sample));
        var reader = new EvaluationReader(part, clip.Preprocessor, clip.BatchSize, pictures: clip.Pictures);
        var isWhole = new bool[pictures.Count];
        foreach (var batch in reader.Read(cancel))
        {
            var vectors = clip.EncodeImages(batch.Pixels, row => pictures[batch.SampleIds[row]].Picture.Name);
            for (var row = 0; row < vectors.Count; row++)
            {
                var (sample, picture) = pictures[batch.SampleIds[row]];
                isWhole[batch.SampleIds[row]] = true;
                segment.Add(sample, picture, Halves(vectors.Row(row)));
            }

            progress.Report(batch.SampleIds[^1] + 1);
        }

        // All that one part can lose is held in memory.
        var reasons = reader.Skips.Losses.ToLookup(loss => (loss.File, loss.Key));
        for (var i = 0; i < pictures.Count; i++)
        {
            if (isWhole[i])
            {
                continue;
            }

            var picture = pictures[i].Picture;
            var loss = reasons[(picture.Place, picture.Key)].First();
            _compared.LeftOut.Add(loss);
            if (loss.Reason != SkipReason.ReadFailed)
            {
                segment.LeftOut.Add(new LeftOutPicture(picture.Place, picture.Key, loss.Reason, loss.Detail, picture.Offset,
                    picture.Length, picture.Modified));
            }
        }
    }

    private void Commit(NewSegment segment, IndexModel model)
    {
        if (segment.Rows.Count + segment.LeftOut.Count == 0)
        {
            return;
        }

        // In the order of the source, whether a vector was copied or computed.
        var pictures = segment.Rows.OrderBy(row => row.Sample).Select(row => row.Picture).ToList();

        // Rows of the same pictures as they were, and of the places that they left.
        var before = pictures.Select(picture => _known.Find(picture.Picture)).ToList();
        var arrived = pictures.CountBy(picture => picture.Picture.Hash, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        var left = _compared.Gone
            .Where(picture => arrived.GetValueOrDefault(picture.Hash) > 0 && arrived[picture.Hash]-- > 0).ToList();
        var lost = segment.LeftOut.Select(picture => _known.Find(Shown(picture))).OfType<IndexedPicture>().ToList();
        var removed = _known.RowsOf([.. before.OfType<IndexedPicture>(), .. left, .. lost]).ToList();
        var rows = _store.Write(model, new PictureChange(pictures, removed, segment.LeftOut));
        Count(before, pictures.Select(picture => picture.Picture), left.Count);
        left.ForEach(picture => _compared.Gone.Remove(picture));
        left.ForEach(_known.Remove);
        lost.ForEach(_known.Remove);
        foreach (var (row, picture) in rows.Zip(pictures))
        {
            _known.Add(row, picture.Picture);
        }
    }

    private void Count(IEnumerable<IndexedPicture?> before, IEnumerable<IndexedPicture> now, int moved)
    {
        var pairs = before.Zip(now).ToList();
        var unknown = pairs.Count(pair => pair.First is null);
        var same = pairs.Count(pair => pair.First?.Hash == pair.Second.Hash);
        _summary = _summary with
        {
            New = _summary.New + unknown - moved,
            Moved = _summary.Moved + moved,
            Unchanged = _summary.Unchanged + same,
            Changed = _summary.Changed + pairs.Count - unknown - same,
        };
    }

    private static IndexedPicture Shown(LeftOutPicture picture) => new(picture.Place, picture.Key) { Offset = picture.Offset };

    private static Half[] Halves(ReadOnlySpan<float> row)
    {
        var halves = new Half[row.Length];
        TensorPrimitives.ConvertToHalf(row, halves);
        return halves;
    }

    /// <summary>What a segment will hold.</summary>
    private sealed class NewSegment
    {
        public List<(int Sample, NewPicture Picture)> Rows { get; } = [];

        public List<LeftOutPicture> LeftOut { get; } = [];

        public void Add(int sample, IndexedPicture picture, Half[] vector) => Rows.Add((sample, new NewPicture(picture, vector)));
    }

    private sealed class Offset(IProgress<long>? progress, long offset) : IProgress<long>
    {
        public void Report(long value) => progress?.Report(offset + value);
    }
}
