using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Evaluation.Features;
using ClipSharp.Files;
using ClipSharp.Parts;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Embedding;

/// <summary>Writes vectors as clip-retrieval lays them (<c>clip_inference/writer.py</c>): <c>img_emb/img_emb_0.npy</c> and
/// <c>text_emb/text_emb_0.npy</c>, [N, E], unit length, and <c>metadata/metadata_0.parquet</c>; numbers are padded with zeros to
/// one width. Row i is the same item in every file of a shard; what could not be encoded has no row and is listed in
/// <c>left-out.jsonl</c>. Items keep their order, shard after shard. A job that was stopped goes on behind its last
/// whole shard. Of a job in parts each process makes neighbouring shards in the same folder, and keeps its manifest and ledger in
/// <c>parts/2-of-8</c> until all are merged.</summary>
public sealed class EmbeddingJob
{
    private readonly string _folder;
    private readonly EmbeddingManifest _manifest;
    private readonly Clip _clip;
    private readonly SampleIndex? _index;
    private readonly IReadOnlyList<string> _texts;
    private readonly WorkPart? _part;
    private readonly int _total;
    private readonly int _shards;
    private readonly (int First, int End) _range;
    private readonly string _ledger;
    private readonly int _reused;

    private EmbeddingJob(string folder, Clip clip, SampleIndex? index, IReadOnlyList<string> texts, EmbeddingOptions options,
        string content, string data)
    {
        options.Validated();
        (_folder, _clip, _index, _texts) = (folder, clip, index, texts);
        _part = options.Part;
        _total = index?.Count ?? texts.Count;
        _shards = (int)(((long)_total + options.WriteBatchSize - 1) / options.WriteBatchSize);
        _range = _part?.Of(_shards) ?? (0, _shards);
        _ledger = LedgerOf(folder, _part);
        _manifest = new EmbeddingManifest
        {
            Model = clip.VectorsKey(withTexts: content != "images"),
            Preprocess = clip.PixelsKey,
            Data = data,
            Content = content,
            Dtype = Spelling.Of(options.Dtype),
            WriteBatchSize = options.WriteBatchSize,
        };
        if (EmbeddingManifest.Find(_ledger) is { } there)
        {
            _manifest.RequireSame(there, _ledger);
            _manifest.Shards = there.Shards;
            _reused = there.Shards.Count;
        }
    }

    /// <summary>Pictures or texts of the job, or of its part.</summary>
    public int Items => ItemsBefore(_range.End) - ItemsBefore(_range.First);

    /// <summary>How many of them are in shards that are still to be made.</summary>
    public int Remaining => ItemsBefore(_range.End) - ItemsBefore(_range.First + _reused);

    /// <summary>Refuses a folder that holds anything but vectors: for long work, before it begins.</summary>
    /// <exception cref="ClipException">It does.</exception>
    public static void RequireUsable(string folder) => EmbeddingManifest.Find(folder);

    /// <summary>The folder in which a job, or a part of it, lists what was left out.</summary>
    /// <param name="folder">The folder of vectors.</param>
    /// <param name="part">The part; null = the whole job.</param>
    public static string LedgerOf(string folder, WorkPart? part) =>
        part is null ? folder : EmbeddingManifest.PartsOf(folder).Of(part);

    /// <summary>A job over pictures. Columns of the metadata: <c>image_path</c> (the file's path, or the key within a shard, as
    /// clip-retrieval has it), <c>caption</c> (the first), <c>key</c> and <c>shard</c> (the tar or Parquet file, else
    /// null).</summary>
    /// <param name="folder">The output; it may hold shards of the same job.</param>
    /// <param name="clip">The model.</param>
    /// <param name="index">The pictures; with captions where <see cref="EmbeddingOptions.EnableText"/> asks for them.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ClipException">The folder holds something else.</exception>
    public static EmbeddingJob ForPictures(string folder, Clip clip, SampleIndex index, EmbeddingOptions options)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(options);
        return new EmbeddingJob(folder, clip, index, [], options, options.EnableText ? "images and captions" : "images",
            index.Fingerprint);
    }

    /// <summary>A job over texts. Column of the metadata: <c>caption</c>.</summary>
    /// <inheritdoc cref="ForPictures"/>
    public static EmbeddingJob ForTexts(string folder, Clip clip, IReadOnlyList<string> texts, EmbeddingOptions options)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        return new EmbeddingJob(folder, clip, null, texts, options, "texts", Fingerprint(texts));
    }

    /// <summary>Makes the shards that are missing.</summary>
    /// <param name="progress">Told how many of <see cref="Remaining"/> are done.</param>
    /// <param name="cancel">Stops between two batches; whole shards stay.</param>
    /// <returns>What is there then, of the job or of its part.</returns>
    /// <exception cref="ClipException">Not one item of a whole job could be encoded, the folder holds parts that are not these,
    /// or the disk fails.</exception>
    public EmbeddingSummary Run(IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        using var held = Begin();
        var first = _range.First + _manifest.Shards.Count;
        if (_manifest.Shards.Count == 0)
        {
            _manifest.Save(_ledger);
            if (_index is not null && (_part is null || _part.Number == 1))
            {
                LeftOutFile.Add(_ledger, goesOn: true, _index.Skips);
            }
        }

        for (var shard = first; shard < _range.End; shard++)
        {
            var start = ItemsBefore(shard);
            var count = ItemsBefore(shard + 1) - start;
            var offset = (long)(shard - first) * _manifest.WriteBatchSize;
            var within = progress is null ? null : new Relay<long>(done => progress.Report(offset + done));
            var made = _index is null
                ? Texts(shard, start, count, within, cancel)
                : Pictures(shard, goesOn: shard == first, start, count, within, cancel);
            _manifest.Shards.Add(made);
            _manifest.Save(_ledger);
        }

        return Summary(first - _range.First);
    }

    /// <summary>Makes one folder of vectors of what parts made, equal to that of one process byte for byte: all parts are there
    /// and done, of the same model, data and options, and every item has its row or its line in the ledger, none twice. A merge
    /// that was stopped, or is done, may be run again.</summary>
    /// <exception cref="ClipException">Something is missing or does not fit.</exception>
    public EmbeddingSummary Merge()
    {
        var parts = EmbeddingManifest.PartsOf(_folder);
        if (_manifest.Shards.Count < _shards)
        {
            _manifest.Shards = EmbeddingMerge.Run(_folder, parts, _manifest, _shards,
                shard => (Number(shard), ItemsBefore(shard + 1) - ItemsBefore(shard)));
        }

        var summary = Summary(reused: 0);
        _manifest.Save(_folder);
        parts.Remove();
        AtomicFolder.RemoveUnfinished(_folder); // parts that a merge before could not remove
        return summary;
    }

    // A whole job needs nothing held; parts are kept apart from each other and from whole jobs.
    private FileStream? Begin()
    {
        var parts = EmbeddingManifest.PartsOf(_folder);
        if (_part is null)
        {
            return !parts.IsThere ? null : throw new ClipException(ClipError.CannotCreate, "The folder holds parts", _folder,
                string.Join(", ", parts.Parts), "none, or --part", "Merge them with --part merge, or choose another folder.");
        }

        if (File.Exists(Path.Combine(_folder, EmbeddingManifest.FileName)))
        {
            throw new ClipException(ClipError.CannotCreate, "The folder is no folder of parts", _folder,
                EmbeddingManifest.FileName, "a new folder, or one with parts that are not merged", "Choose another folder.");
        }

        var held = parts.Hold(_part);
        try
        {
            foreach (var other in parts.Parts.Where(other => other != _part))
            {
                if (EmbeddingManifest.Find(parts.Of(other)) is { } there)
                {
                    _manifest.RequireSame(there, parts.Of(other));
                }
            }
        }
        catch
        {
            held.Dispose();
            throw;
        }

        return held;
    }

    private EmbeddingSummary Summary(int reused)
    {
        var rows = _manifest.Shards.Sum(made => (long)made.Rows);
        var skipped = _manifest.Shards.Sum(made => (long)made.Skipped)
            + (_part is null || _part.Number == 1 ? _index?.Skips.Total ?? 0 : 0);
        return rows > 0 || _part is not null
            ? new EmbeddingSummary(rows, skipped, _manifest.Shards.Count, reused)
            : throw new ClipException(ClipError.Data, "Nothing could be encoded", _index?.Picture(0).File.Path ?? _folder,
                $"{_total} items, all listed in {Path.Combine(_folder, LeftOutFile.FileName)}",
                "at least one whole picture or one text",
                "Look at the data with: clipsharp data inspect");
    }

    private int ItemsBefore(int shard) => (int)Math.Min(_total, (long)shard * _manifest.WriteBatchSize);

    private EmbeddingManifest.Shard Pictures(int shard, bool goesOn, int start, int count, Relay<long>? progress,
        CancellationToken cancel)
    {
        var part = count == _total ? _index! : _index!.Select(Enumerable.Range(start, count));
        var reader = new EvaluationReader(part, _clip.Preprocessor, _clip.BatchSize, pictures: _clip.Pictures);
        var (images, captions) = (Vectors(), _manifest.Content == "images" ? null : Vectors());
        var table = new MetadataTable("image_path", "caption", "key", "shard");
        foreach (var batch in reader.Read(cancel))
        {
            images.Add(_clip.EncodeImages(batch.Pixels, row => FeatureSet.NameOf(part, batch.SampleIds[row])));
            captions?.Add(_clip.EncodeTexts([.. batch.SampleIds.Select(sample => part.Captions(sample)[0])], cancel: cancel));
            foreach (var sample in batch.SampleIds)
            {
                AddRow(table, part, sample);
            }

            progress?.Report(batch.SampleIds[^1] + 1);
        }

        LeftOutFile.Add(_ledger, goesOn, reader.Skips);
        WriteShard(shard, images, captions, table);
        return new EmbeddingManifest.Shard(table.Count, (int)reader.Skips.Total); // at most the shard's items
    }

    private EmbeddingManifest.Shard Texts(int shard, int start, int count, Relay<long>? progress, CancellationToken cancel)
    {
        var (vectors, table) = (Vectors(), new MetadataTable("caption"));
        foreach (var batch in _texts.Skip(start).Take(count).Chunk(_clip.BatchSize))
        {
            vectors.Add(_clip.EncodeTexts(batch, cancel: cancel));
            foreach (var text in batch)
            {
                table.Add(text);
            }

            progress?.Report(table.Count);
        }

        WriteShard(shard, null, vectors, table);
        return new EmbeddingManifest.Shard(count, 0);
    }

    private static void AddRow(MetadataTable table, SampleIndex index, int sample)
    {
        var picture = index.Picture(sample);
        var file = picture.File;
        var captions = index.Captions(sample);
        var inShard = picture.IsWithinFile;
        table.Add(inShard ? index.Key(sample) : file.Path, captions.IsEmpty ? null : captions[0], index.Key(sample),
            inShard ? file.Path : null);
    }

    private VectorTable Vectors() =>
        new(_manifest.Dtype == Spelling.Of(VectorFormat.Float16) ? TensorType.F16 : TensorType.F32, _clip.Encoder.EmbedDim);

    private void WriteShard(int shard, VectorTable? images, VectorTable? texts, MetadataTable table)
    {
        if (images is not null)
        {
            AtomicFile.Write(EmbeddingManifest.ImagesOf(_folder, Number(shard)), images.Write);
        }

        if (texts is not null)
        {
            AtomicFile.Write(EmbeddingManifest.TextsOf(_folder, Number(shard)), texts.Write);
        }

        AtomicFile.Write(EmbeddingManifest.MetadataOf(_folder, Number(shard)), table.Write);
    }

    private string Number(int shard) =>
        shard.ToString(CultureInfo.InvariantCulture).PadLeft(_shards.ToString(CultureInfo.InvariantCulture).Length, '0');

    private static string Fingerprint(IReadOnlyList<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in texts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text));
            hash.AppendData([0xFF]); // no byte of UTF-8
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
