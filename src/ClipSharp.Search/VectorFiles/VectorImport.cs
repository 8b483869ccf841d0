using ClipSharp.Search.Collections;
using ClipSharp.Search.Segments;
using ClipSharp.Search.Updates;

namespace ClipSharp.Search.VectorFiles;

/// <summary>Brings an index in line with folders of vectors that <c>clipsharp embed</c> or clip-retrieval wrote: the vectors are
/// taken as they are, no picture is read. Size and time say whether a file is read again. A run that was ended goes on behind its
/// last whole file.</summary>
public sealed class VectorImport : IIndexChange
{
    private readonly IndexFolder _folder;
    private readonly List<string> _names;
    private readonly List<VectorOrigin> _files;
    private readonly Dictionary<VectorOrigin, int> _pending;
    private readonly HashSet<(string, long)> _seen = [];
    private IndexManifest? _manifest;
    private UpdateSummary _summary = new();

    private VectorImport(IndexFolder folder, IReadOnlyList<string> named)
    {
        _folder = folder;
        _manifest = IndexManifest.Find(folder.Root);
        _names = [.. named.Select(name => Path.TrimEndingDirectorySeparator(Path.GetFullPath(name))).Distinct()];
        _files = [.. _names.SelectMany(VectorFolder.Files)];
        var known = Segments().Select(segment => segment.From).ToHashSet();
        _pending = _files.Where(file => !known.Contains(file)).ToDictionary(file => file, Rows);
    }

    /// <summary>The model of the index as a person named it; null where the index is new.</summary>
    public string? Model => _manifest?.Model;

    /// <summary>What computed its vectors; null where the index is new.</summary>
    public string? Engine => _manifest?.Engine;

    /// <summary>Vectors of files that are new or have changed.</summary>
    public long Candidates => _pending.Values.Sum(rows => (long)rows);

    IReadOnlyList<string> IIndexChange.Notes => [];

    /// <summary>Whether a path is a folder of vectors.</summary>
    public static bool IsVectors(string path) => VectorFolder.IsOne(path);

    /// <summary>Looks at the folders; nothing is written but the folder of a new index.</summary>
    /// <param name="folder">The index, or where it shall be.</param>
    /// <param name="named">Folders of vectors.</param>
    /// <exception cref="ClipException">A file of theirs lacks or is damaged, or the index cannot be changed.</exception>
    public static VectorImport Begin(string folder, IReadOnlyList<string> named)
    {
        ArgumentNullException.ThrowIfNull(named);
        var held = IndexFolder.Open(folder);
        try
        {
            return new VectorImport(held, named);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Takes the vectors in.</summary>
    /// <param name="clip">The model that made them, which must be the index's; null where there are no
    /// <see cref="Candidates"/>. What <c>embed</c> wrote is compared with it; clip-retrieval's folders do not say their
    /// model.</param>
    /// <param name="modelName">How a person named it.</param>
    /// <param name="progress">Told how many of <see cref="Candidates"/> are done.</param>
    /// <param name="cancel">Stops between two vectors; whole files stay.</param>
    /// <exception cref="ClipException">They are of another model or width, a file is damaged, or the disk fails.</exception>
    public UpdateSummary Run(Clip? clip, string modelName, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        if (clip is not null)
        {
            var model = IndexModel.Require(_manifest?.OfModel, clip, modelName, _folder.Root);
            _manifest ??= IndexManifest.Of(model);
            _names.ForEach(name => VectorFolder.RequireModel(name, clip));
        }

        if (_pending.Count > 0)
        {
            ArgumentNullException.ThrowIfNull(clip);
        }

        var (rows, done) = (new Lazy<KnownPictures>(Known), 0L);
        foreach (var file in _pending.Keys)
        {
            Take(file, rows.Value, () => progress?.Report(++done), cancel);
        }

        RemoveGone();
        var live = _manifest?.Segments.Sum(segment => (long)segment.Live) ?? 0;
        return _summary with { Pictures = live, Unchanged = live - _summary.New - _summary.Changed - OfOthers() };
    }

    /// <summary>Lets other processes change the index.</summary>
    public void Dispose() => _folder.Dispose();

    private IEnumerable<IndexManifest.Segment> Segments() => _manifest?.Segments ?? [];

    private long OfOthers() => Segments().Where(segment => segment.From is not { } from || !_names.Contains(from.Folder))
        .Sum(segment => (long)segment.Live);

    private KnownPictures Known() => KnownPictures.Of(_manifest is null ? []
        : FolderWriter.ReadRows(_folder.Root, _manifest).Select(row => (row.Place.Number, row.Picture)));

    private static int Rows(VectorOrigin file)
    {
        using var rows = VectorRows.Open(file);
        return rows.Count;
    }

    private void Take(VectorOrigin file, KnownPictures known, Action taken, CancellationToken cancel)
    {
        using var source = VectorRows.Open(file);
        if (source.Dimension != _manifest!.Dimension)
        {
            throw new ClipException(ClipError.Config, "Vectors of another width", file.Vectors, $"{source.Dimension} numbers",
                $"{_manifest.Dimension}, as {_manifest.Model} makes them", "Name the model that made them with --model.");
        }

        var (made, replaced) = (new List<IndexManifest.Segment>(), new List<RowPlace>());
        var first = int.Parse(IndexFolder.NextName(_manifest), null);
        var (added, changed) = (new List<(RowPlace, IndexedPicture)>(), 0);
        foreach (var chunk in Distinct().Chunk(IndexCompaction.SegmentPictures))
        {
            var name = $"{first + made.Count:000000}";
            SegmentFiles.Write(_folder.Root, name, source.Dimension, [.. chunk.Select(row => row.Vector)],
                [.. chunk.Select(row => row.Picture)], []);
            foreach (var (picture, _) in chunk)
            {
                if (known.Find(picture) is { } there)
                {
                    replaced.AddRange(known.RowsOf([there]).Select(RowPlace.Of));
                    changed++;
                }
            }

            var number = _manifest.Segments.Count + made.Count;
            added.AddRange(chunk.Select((row, i) => (new RowPlace(number, i), row.Picture)));
            made.Add(new IndexManifest.Segment(name, chunk.Length) { From = file });
        }

        // What this file held before and no longer holds.
        var gone = known.Rows.Where(row => _manifest.Segments[RowPlace.Of(row.Row).Segment].From?.Vectors == file.Vectors
            && !_seen.Contains(row.Picture.Id)).ToList();
        var without = _manifest.Without(replaced.Concat(gone.Select(row => RowPlace.Of(row.Row))));
        Save(without with { Segments = [.. without.Segments.Select(segment => Forgetting(segment, file.Vectors)), .. made] });
        gone.ForEach(row => known.Remove(row.Picture));
        added.ForEach(row => known.Add(row.Item1.Number, row.Item2));
        _summary = _summary with
        {
            New = _summary.New + added.Count - changed,
            Changed = _summary.Changed + changed,
            Removed = _summary.Removed + gone.Count,
        };

        // Two rows about one picture are one.
        IEnumerable<(IndexedPicture Picture, Half[] Vector)> Distinct()
        {
            foreach (var row in source.Read())
            {
                cancel.ThrowIfCancellationRequested();
                taken();
                if (_seen.Add(row.Picture.Id))
                {
                    yield return row;
                }
            }
        }
    }

    // A file that comes back as it was is then read again.
    private static IndexManifest.Segment Forgetting(IndexManifest.Segment segment, string vectors) =>
        segment.From?.Vectors == vectors ? segment with { From = null } : segment;

    private void Save(IndexManifest manifest)
    {
        manifest.Save(_folder.Root);
        _manifest = manifest;
    }

    // Rows of files that are no longer in their folders.
    private void RemoveGone()
    {
        var there = _files.Select(file => file.Vectors).ToHashSet();
        foreach (var (number, segment) in Segments().Index().ToList())
        {
            if (segment.From is { } from && _names.Contains(from.Folder) && !there.Contains(from.Vectors))
            {
                var live = segment.LiveRows();
                var without = _manifest!.Without(Enumerable.Range(0, segment.Rows).Where(row => live[row])
                    .Select(row => new RowPlace(number, row)));
                Save(without with { Segments = [.. without.Segments.Select(other => Forgetting(other, from.Vectors))] });
                _summary = _summary with { Removed = _summary.Removed + segment.Live };
            }
        }
    }
}
