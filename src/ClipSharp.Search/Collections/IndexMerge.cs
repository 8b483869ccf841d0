using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Files;
using ClipSharp.Parts;
using ClipSharp.Search.Segments;
using ClipSharp.Search.Updates;
using ClipSharp.Search.VectorFiles;

namespace ClipSharp.Search.Collections;

/// <summary>Makes one index of those that parts made (<see cref="IndexUpdate.BeginPart(string, WorkPart, IReadOnlyList{string},
/// DataOptions, CancellationToken)"/>): all are there and done, of one model and of the pictures that the sources hold now, and
/// every picture has one row or a line in the ledger. The segments are those that one process would have made. A merge that was
/// stopped, or is done, may be run again.</summary>
public sealed class IndexMerge : IIndexChange
{
    private readonly string _root;
    private readonly SampleIndex _found;
    private readonly List<(int Sample, IndexedPicture Picture)> _pictures;
    private readonly PartFolder _parts;
    private readonly IndexManifest? _merged;
    private readonly IReadOnlyList<(WorkPart Part, IndexPartStamp Stamp, IndexManifest? Manifest)> _made;

    private IndexMerge(string root, CombinedSource source, SampleIndex found)
    {
        (_root, _found, _parts) = (root, found, IndexParts.Of(root));
        _pictures = SourceComparison.Pictures(source, found);
        _merged = IndexManifest.Find(root);
        if (!_parts.IsThere && _merged is not null)
        {
            _made = [];
            return;
        }

        var stamps = _parts.Parts.ToDictionary(part => part, part => IndexParts.Find(_parts, part));
        _made = [.. _parts.RequireAll(part => stamps[part] is not null)
            .Select(part => (part, stamps[part]!, IndexManifest.Find(_parts.Of(part))))];
        RequireOneModel();
    }

    /// <summary>The model of the parts as a person named it; null where they hold no picture.</summary>
    public string? Model => OfModel?.Name;

    /// <summary>What computed their vectors.</summary>
    public string? Engine => OfModel?.Engine;

    /// <summary>Remarks of the sources.</summary>
    public IReadOnlyList<string> Notes => _found.Notes;

    long IIndexChange.Candidates => 0; // nothing is encoded

    private string Ledger => Path.Combine(_root, LeftOutFile.FileName);

    private IndexModel? OfModel => _merged?.OfModel
        ?? _made.Select(part => part.Manifest?.OfModel).FirstOrDefault(model => model is not null);

    /// <summary>Looks at parts and sources; nothing is written.</summary>
    /// <param name="folder">Where the index shall be.</param>
    /// <param name="named">What the parts were made of.</param>
    /// <param name="options">How data is read.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">Parts are missing or of different models.</exception>
    public static IndexMerge Begin(string folder, IReadOnlyList<string> named, DataOptions options,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(named);
        var source = CombinedSource.Open(named, options);
        return new IndexMerge(folder, source, SampleIndex.Build(source, SampleNeed.Picture, cancel: cancel));
    }

    /// <summary>Checks and merges.</summary>
    /// <param name="clip">Null, or the model that the parts must be of.</param>
    /// <param name="modelName">Is passed over: the parts have it.</param>
    /// <param name="progress">Told nothing.</param>
    /// <param name="cancel">Stops between two segments.</param>
    /// <exception cref="ClipException">A picture is missing or there twice, or the disk fails.</exception>
    public UpdateSummary Run(Clip? clip, string modelName, IProgress<long>? progress = null,
        CancellationToken cancel = default)
    {
        if (clip is not null)
        {
            OfModel?.RequireSameWeights(clip, _parts.Path);
        }

        var known = new HashSet<(string, long)>();
        foreach (var (part, stamp, manifest) in _made)
        {
            RequireComplete(part, stamp, manifest, known);
        }

        if (known.Count == 0 && _merged is null)
        {
            throw new ClipException(ClipError.Data, "Nothing could be encoded", _parts.Path, "parts without a picture",
                "at least one whole picture", "Look at the data with: clipsharp data inspect");
        }

        var merged = Write(cancel);
        var rows = FolderWriter.ReadRows(_root, merged).Select(row => row.Picture.Id).ToHashSet();
        var leftOut = File.Exists(Ledger) ? File.ReadLines(Ledger).LongCount() : 0;
        if (_made.Count > 0 ? !rows.SetEquals(known) : rows.Count + leftOut != _pictures.Count + _found.Skips.Total)
        {
            throw new ClipException(ClipError.CannotCreate, "The index holds other pictures", _root, $"{rows.Count}",
                "those of the parts", "Choose another folder, or bring the index up to date without --part.");
        }

        if (_parts.IsThere)
        {
            WriteLedger();
            _parts.Remove();
            leftOut = _found.Skips.Total + _made.Sum(part => part.Stamp.LeftOut);
        }

        return new UpdateSummary { Pictures = rows.Count, New = rows.Count, LeftOut = leftOut };
    }

    /// <summary>Holds nothing.</summary>
    public void Dispose()
    {
    }

    private void RequireOneModel()
    {
        var models = (from part in _made
                      where part.Manifest is not null
                      select (part.Part, Model: part.Manifest.OfModel)).ToList();
        var stranger = models.FindIndex(other => other.Model with { Name = models[0].Model.Name } != models[0].Model);
        if (stranger > 0)
        {
            var (first, other) = (models[0], models[stranger]);
            throw new ClipException(ClipError.Config, "The parts are of different models", _parts.Of(other.Part),
                $"{other.Model.Name}, {other.Model.Engine}", $"that of part {first.Part}: {first.Model.Name}, {first.Model.Engine}",
                "Remove what is of another model, engine or preprocessing, and run that part again.");
        }
    }

    // A picture of the part is a row or was left out, and a row is a picture of the part.
    private void RequireComplete(WorkPart part, IndexPartStamp stamp, IndexManifest? manifest, HashSet<(string, long)> known)
    {
        var share = IndexParts.Share(part, _pictures, stamp.SegmentPictures).Select(row => row.Picture.Id).ToHashSet();
        var rows = 0;
        foreach (var (_, picture) in manifest is null ? [] : FolderWriter.ReadRows(_parts.Of(part), manifest))
        {
            rows++;
            if (!share.Contains(picture.Id) || !known.Add(picture.Id))
            {
                throw Unfit(part, $"{picture.Name}", "pictures of this part, each once");
            }
        }

        if (stamp.Data != _found.Fingerprint || share.Count != stamp.Pictures || rows + stamp.LeftOut != share.Count)
        {
            throw Unfit(part, $"{rows} rows and {stamp.LeftOut} left out of {stamp.Pictures}",
                $"{share.Count}, as the sources are now");
        }
    }

    private ClipException Unfit(WorkPart part, string found, string expected) => new(ClipError.Data,
        "The parts do not fit the pictures", _parts.Of(part), found, expected, $"Run --part {part} again, then merge.");

    // Copied, so that a merge that is ended leaves the parts as they are; what it wrote counts once the manifest lists it.
    private IndexManifest Write(CancellationToken cancel)
    {
        using var held = IndexFolder.Open(_root);
        if (_merged is not null)
        {
            return _merged;
        }

        var merged = IndexManifest.Of(OfModel!);
        foreach (var (part, _, manifest) in _made)
        {
            foreach (var segment in manifest?.Segments ?? [])
            {
                cancel.ThrowIfCancellationRequested();
                var name = IndexFolder.NextName(merged);
                SegmentFiles.Copy(_parts.Of(part), segment.Name, _root, name);
                merged = merged with { Segments = [.. merged.Segments, segment with { Name = name }] };
            }
        }

        merged.Save(_root);
        return merged;
    }

    private void WriteLedger()
    {
        string[] ledgers = [.. _made.Select(part => Path.Combine(_parts.Of(part.Part), LeftOutFile.FileName)).Where(File.Exists)];
        if (ledgers.Length > 0)
        {
            AtomicFile.Write(Ledger, stream =>
            {
                foreach (var ledger in ledgers)
                {
                    using var lines = File.OpenRead(ledger);
                    lines.CopyTo(stream);
                }
            });
        }
    }
}
