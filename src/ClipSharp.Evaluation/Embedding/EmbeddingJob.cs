using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Evaluation.Features;
using ClipSharp.Files;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Embedding;

/// <summary>Writes vectors as clip-retrieval lays them (<c>clip_inference/writer.py</c>): <c>img_emb/img_emb_0.npy</c> and
/// <c>text_emb/text_emb_0.npy</c>, [N, E], unit length, and <c>metadata/metadata_0.parquet</c>; numbers are padded with zeros to
/// one width. Row i is the same item in every file of a shard; what could not be encoded has no row and is listed in
/// <c>left-out.jsonl</c>. Items keep their order, shard after shard. A job that was stopped goes on behind its last
/// whole shard.</summary>
public sealed class EmbeddingJob
{
    private readonly string _folder;
    private readonly EmbeddingManifest _manifest;
    private readonly Clip _clip;
    private readonly SampleIndex? _index;
    private readonly IReadOnlyList<string> _texts;
    private readonly int _shards;
    private readonly int _reused;

    private EmbeddingJob(string folder, Clip clip, SampleIndex? index, IReadOnlyList<string> texts, EmbeddingOptions options,
        string content, string data)
    {
        options.Validated();
        (_folder, _clip, _index, _texts) = (folder, clip, index, texts);
        Items = index?.Count ?? texts.Count;
        _shards = (int)(((long)Items + options.WriteBatchSize - 1) / options.WriteBatchSize);
        _manifest = new EmbeddingManifest
        {
            Model = clip.VectorsKey(withTexts: content != "images"),
            Preprocess = clip.PixelsKey,
            Data = data,
            Content = content,
            Dtype = Spelling.Of(options.Dtype),
            WriteBatchSize = options.WriteBatchSize,
        };
        if (EmbeddingManifest.Find(folder) is { } there)
        {
            _manifest.RequireSame(there, folder);
            _manifest.Shards = there.Shards;
            _reused = there.Shards.Count;
        }
    }

    /// <summary>Pictures or texts of the whole job.</summary>
    public int Items { get; }

    /// <summary>How many of them are in shards that are still to be made.</summary>
    public int Remaining => (int)Math.Max(0, Items - ((long)_reused * _manifest.WriteBatchSize));

    /// <summary>Refuses a folder that holds anything but vectors: for long work, before it begins.</summary>
    /// <exception cref="ClipException">It does.</exception>
    public static void RequireUsable(string folder) => EmbeddingManifest.Find(folder);

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
    /// <exception cref="ClipException">Not one item could be encoded, or the disk fails.</exception>
    public EmbeddingSummary Run(IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        var first = _manifest.Shards.Count;
        if (first == 0)
        {
            _manifest.Save(_folder);
            if (_index is not null)
            {
                LeftOutFile.Add(_folder, goesOn: true, _index.Skips);
            }
        }

        for (var shard = first; shard < _shards; shard++)
        {
            var start = shard * _manifest.WriteBatchSize; // below Items, which is an int
            var count = Math.Min(_manifest.WriteBatchSize, Items - start);
            var offset = (long)(shard - first) * _manifest.WriteBatchSize;
            var within = progress is null ? null : new Relay<long>(done => progress.Report(offset + done));
            var made = _index is null
                ? Texts(shard, start, count, within, cancel)
                : Pictures(shard, goesOn: shard == first, start, count, within, cancel);
            _manifest.Shards.Add(made);
            _manifest.Save(_folder);
        }

        var rows = _manifest.Shards.Sum(made => (long)made.Rows);
        return rows > 0
            ? new EmbeddingSummary(rows, _manifest.Shards.Sum(made => (long)made.Skipped) + (_index?.Skips.Total ?? 0), _shards,
                first)
            : throw new ClipException(ClipError.Data, "Nothing could be encoded", _index?.Picture(0).File.Path ?? _folder,
                $"{Items} items, all listed in {Path.Combine(_folder, LeftOutFile.FileName)}",
                "at least one whole picture or one text",
                "Look at the data with: clipsharp data inspect");
    }

    private EmbeddingManifest.Shard Pictures(int shard, bool goesOn, int start, int count, Relay<long>? progress,
        CancellationToken cancel)
    {
        var part = count == Items ? _index! : _index!.Select(Enumerable.Range(start, count));
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

        LeftOutFile.Add(_folder, goesOn, reader.Skips);
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
            AtomicFile.Write(Path.Combine(_folder, "img_emb", $"img_emb_{Number(shard)}.npy"), images.Write);
        }

        if (texts is not null)
        {
            AtomicFile.Write(Path.Combine(_folder, "text_emb", $"text_emb_{Number(shard)}.npy"), texts.Write);
        }

        AtomicFile.Write(Path.Combine(_folder, "metadata", $"metadata_{Number(shard)}.parquet"), table.Write);
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
