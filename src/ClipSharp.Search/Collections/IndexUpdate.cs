using System.Security.Cryptography;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Files;
using ClipSharp.Search.VectorFiles;
using ClipSharp.Search.Vectors;

namespace ClipSharp.Search.Collections;

/// <summary>Brings an index in line with its sources: what is new or changed is encoded, what moved keeps its vector, what is
/// gone is taken out. Size and time say whether a picture is read again, its bytes' hash whether it is encoded again. A run
/// that was ended, however, goes on behind its last whole segment, and the index is the same as if it had not been.</summary>
public sealed class IndexUpdate : IIndexChange
{
    /// <summary>Pictures of a segment.</summary>
    public const int SegmentPictures = 4096;

    private readonly IndexFolder _folder;
    private readonly SampleIndex _found;
    private readonly int _segmentPictures;
    private readonly IndexRows _rows;
    private readonly List<(int Sample, IndexedPicture Picture)> _candidates = [];
    private readonly HashSet<(string, long)> _seen = [];
    private readonly List<IndexedPicture> _gone = [];
    private readonly SkipReport _leftOut = new();
    private readonly Dictionary<int, MappedVectors> _opened = [];
    private IndexManifest? _manifest;
    private UpdateSummary _summary = new();

    private IndexUpdate(IndexFolder folder, CombinedSource source, SampleIndex found, int segmentPictures)
    {
        (_folder, _found, _segmentPictures) = (folder, found, segmentPictures);
        _manifest = IndexManifest.Find(folder.Root);
        _rows = IndexRows.Read(folder.Root, _manifest);
        Compare(source);
    }

    /// <summary>The model of the index as a person named it; null where the index is new.</summary>
    public string? Model => _manifest?.Model;

    /// <summary>What computed its vectors, such as "torch cpu bf16"; null where the index is new.</summary>
    public string? Engine => _manifest?.Engine;

    /// <summary>Pictures that are new or may have changed.</summary>
    public int Candidates => _candidates.Count;

    long IIndexChange.Candidates => Candidates;

    /// <summary>Pictures that are no longer there; some may have moved.</summary>
    public int Gone => _gone.Count;

    /// <summary>Remarks of the sources.</summary>
    public IReadOnlyList<string> Notes => _found.Notes;

    /// <summary>Looks at the sources; nothing is written but the folder of a new index.</summary>
    /// <param name="folder">The index, or where it shall be.</param>
    /// <param name="named">Folders, shards, tables, files, patterns.</param>
    /// <param name="options">How data is read.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">A source is not there or holds no picture, or the folder cannot be changed.</exception>
    public static IndexUpdate Begin(string folder, IReadOnlyList<string> named, DataOptions options,
        CancellationToken cancel = default) => Begin(folder, named, options, SegmentPictures, cancel);

    internal static IndexUpdate Begin(string folder, IReadOnlyList<string> named, DataOptions options, int segmentPictures,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(named);
        var source = CombinedSource.Open(named, options);
        var found = SampleIndex.Build(source, SampleNeed.Picture, cancel: cancel);
        var held = IndexFolder.Open(folder);
        try
        {
            return new IndexUpdate(held, source, found, segmentPictures);
        }
        catch
        {
            held.Dispose();
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
        if (clip is not null)
        {
            _manifest = IndexModel.Require(_manifest, clip, modelName, _folder.Root);
        }

        if (_candidates.Count > 0)
        {
            ArgumentNullException.ThrowIfNull(clip);
            using var reader = new PictureReader(_found);
            var done = 0L;
            foreach (var chunk in _candidates.Chunk(_segmentPictures))
            {
                AddSegment(chunk, clip, reader, new Offset(progress, done), cancel);
                done += chunk.Length;
                progress?.Report(done);
            }
        }

        if (_gone.Count > 0)
        {
            Save(_manifest!.Without(PlacesOf(_gone)));
            _gone.ForEach(_rows.Remove);
            _summary = _summary with { Removed = _summary.Removed + _gone.Count };
        }

        if (_rows.Count == 0)
        {
            throw new ClipException(ClipError.Data, "Nothing could be encoded", _found.Picture(0).File.Path,
                $"{_found.Count} pictures, {_leftOut}", "at least one whole picture",
                "Look at the data with: clipsharp data inspect");
        }

        WriteLedger();
        return _summary with { Pictures = _rows.Count, LeftOut = _found.Skips.Total + _leftOut.Total };
    }

    /// <summary>Lets other processes change the index.</summary>
    public void Dispose()
    {
        foreach (var vectors in _opened.Values)
        {
            vectors.Dispose();
        }

        _folder.Dispose();
    }

    private void Compare(CombinedSource source)
    {
        for (var sample = 0; sample < _found.Count; sample++)
        {
            var (file, offset, length) = _found.Picture(sample);
            var captions = _found.Captions(sample);
            var picture = new IndexedPicture(file.Path, _found.Key(sample))
            {
                Offset = offset,
                Length = length,
                Modified = file.Modified,
                Source = source.SourceOf(file.Path),
                Caption = captions.IsEmpty ? null : captions[0],
            };
            if (!_seen.Add(picture.Id))
            {
                continue; // two rows of a table about one picture
            }

            if (_rows.TryFind(picture, out _, out var row) && row.IsAs(picture))
            {
                _summary = _summary with { Unchanged = _summary.Unchanged + 1 };
            }
            else if (_rows.LeftOut(picture) is { } tried)
            {
                _leftOut.Add(new Skip(tried.Reason, tried.Place, tried.Key, tried.Detail));
            }
            else
            {
                _candidates.Add((sample, picture));
            }
        }

        _gone.AddRange(_rows.All.Select(row => row.Picture).Where(picture => !_seen.Contains(picture.Id)
            && source.Names.Any(name => picture.Source == name || CombinedSource.IsBelow(picture.Place, name))));
    }

    private void AddSegment(IReadOnlyList<(int Sample, IndexedPicture Picture)> chunk, Clip clip, PictureReader reader,
        IProgress<long> progress, CancellationToken cancel)
    {
        var segment = new NewSegment();
        var toEncode = new List<(int Sample, IndexedPicture Picture)>();
        foreach (var (sample, picture) in chunk)
        {
            cancel.ThrowIfCancellationRequested();
            if (!reader.TryRead(sample, out var bytes, out var detail, clip.Pictures.Limits))
            {
                _leftOut.Add(new Skip(SkipReason.ReadFailed, picture.Place, picture.Key, detail)); // tried again the next time
                continue;
            }

            var hashed = picture with { Hash = Convert.ToHexStringLower(SHA256.HashData(bytes)) };
            if (_rows.TryFind(hashed.Hash, out var same))
            {
                segment.Add(sample, hashed, Copy(same));
            }
            else
            {
                toEncode.Add((sample, hashed));
            }
        }

        Encode(toEncode, clip, segment, progress, cancel);
        Commit(segment);
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
            _leftOut.Add(loss);
            if (loss.Reason != SkipReason.ReadFailed)
            {
                segment.LeftOut.Add(new LeftOutPicture(picture.Place, picture.Key, loss.Reason, loss.Detail, picture.Offset,
                    picture.Length, picture.Modified));
            }
        }
    }

    private void Commit(NewSegment segment)
    {
        if (segment.Rows.Count + segment.LeftOut.Count == 0)
        {
            return;
        }

        // In the order of the source, whether a vector was copied or computed.
        var rows = segment.Rows.OrderBy(row => row.Sample).ToList();
        var (name, number) = (IndexFolder.NextName(_manifest!), _manifest!.Segments.Count);
        SegmentFiles.Write(_folder.Root, name, _manifest.Dimension, [.. rows.Select(row => row.Vector)],
            [.. rows.Select(row => row.Picture)], segment.LeftOut);

        // Rows of the same pictures as they were, and of the places that they left.
        var before = rows.Select(row => _rows.TryFind(row.Picture, out _, out var old) ? old : null).ToList();
        var arrived = rows.CountBy(row => row.Picture.Hash, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var left = _gone.Where(picture => arrived.GetValueOrDefault(picture.Hash) > 0 && arrived[picture.Hash]-- > 0).ToList();
        var lost = segment.LeftOut.Where(picture => _rows.TryFind(Shown(picture), out _, out _)).Select(Shown).ToList();
        var replaced = rows.Select(row => row.Picture).Where(picture => _rows.TryFind(picture, out _, out _));
        var with = _manifest.Without(PlacesOf([.. replaced, .. left, .. lost]));
        Save(with with { Segments = [.. with.Segments, new IndexManifest.Segment(name, rows.Count)] });
        Count(before, rows.Select(row => row.Picture), left.Count);
        left.ForEach(picture => _gone.Remove(picture));
        left.ForEach(_rows.Remove);
        lost.ForEach(_rows.Remove);
        for (var row = 0; row < rows.Count; row++)
        {
            _rows.Add(new RowPlace(number, row), rows[row].Picture);
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

    private void Save(IndexManifest manifest)
    {
        manifest.Save(_folder.Root);
        _manifest = manifest;
    }

    private IEnumerable<RowPlace> PlacesOf(IEnumerable<IndexedPicture> pictures) => pictures.Select(picture =>
        _rows.TryFind(picture, out var place, out _) ? place : throw new InvalidOperationException("A row that is not there."));

    private Half[] Copy(RowPlace row)
    {
        if (!_opened.TryGetValue(row.Segment, out var vectors))
        {
            _opened[row.Segment] = vectors = SegmentFiles.OpenVectors(_folder.Root, _manifest!, _manifest!.Segments[row.Segment]);
        }

        return vectors.CopyHalves(row.Row);
    }

    // Of this run: what it left out before and after, told once.
    private void WriteLedger()
    {
        var path = Path.Combine(_folder.Root, LeftOutFile.FileName);
        SkipReport[] reports = [_found.Skips, _leftOut];
        if (reports.All(report => report.Total == 0))
        {
            DurableStorage.DeleteFile(path);
            return;
        }

        AtomicFile.Write(path, file =>
        {
            foreach (var report in reports)
            {
                report.EachLine(line => file.Write([.. line, (byte)'\n']));
            }
        });
    }

    private static IndexedPicture Shown(LeftOutPicture picture) => new(picture.Place, picture.Key) { Offset = picture.Offset };

    private static Half[] Halves(ReadOnlySpan<float> row)
    {
        var halves = new Half[row.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(row, halves);
        return halves;
    }

    /// <summary>What a segment will hold.</summary>
    private sealed class NewSegment
    {
        public List<(int Sample, IndexedPicture Picture, Half[] Vector)> Rows { get; } = [];

        public List<LeftOutPicture> LeftOut { get; } = [];

        public void Add(int sample, IndexedPicture picture, Half[] vector) => Rows.Add((sample, picture, vector));
    }

    private sealed class Offset(IProgress<long>? progress, long offset) : IProgress<long>
    {
        public void Report(long value) => progress?.Report(offset + value);
    }
}
