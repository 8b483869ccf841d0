using System.Buffers.Text;
using System.Globalization;
using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;

namespace ClipSharp.Data.Sources;

/// <summary>Tar shards in the WebDataset manner: neighbouring members with one key are one sample
/// (<c>000.jpg</c>, <c>000.txt</c>, <c>000.json</c>, <c>000.cls</c>). The key ends at the first dot of the base name;
/// extensions are lower-cased; a member that repeats begins a new sample, as open_clip's grouping does.</summary>
/// <param name="shards">Paths of plain tars, in reading order.</param>
/// <param name="options">Which extensions are pictures.</param>
public sealed class WebDatasetSource(IReadOnlyList<string> shards, DataOptions options) : ISampleSource
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Places => shards;

    /// <inheritdoc/>
    public IEnumerable<SourceSample> Read(CancellationToken cancel = default) => shards.SelectMany(s => ReadShard(s, cancel));

    // The whole shard before any of it is handed out: one that changed meanwhile gives nothing.
    private List<SourceSample> ReadShard(string path, CancellationToken cancel)
    {
        var found = new List<SourceSample>();
        SampleFile? file = null;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
                16 << 10);
            file = SampleFile.Of(stream.SafeFileHandle, path);
            ReadShard(stream, file, found, cancel);
            return file.IsStill(stream.SafeFileHandle)
                ? found
                : [Lost(file, SkipReason.ReadFailed, "it changed while it was read")];
        }
        catch (Exception e) when (file is null && e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "A shard cannot be opened", path, e.Message, "a readable file",
                "Check the path and its rights.", e);
        }
        catch (IOException e)
        {
            return [Lost(file!, SkipReason.ReadFailed, e.Message)];
        }
    }

    private void ReadShard(Stream stream, SampleFile file, List<SourceSample> found, CancellationToken cancel)
    {
        var tar = new TarReader(stream, file.Path);
        Members? members = null;
        while (tar.TryNext(out var entry))
        {
            cancel.ThrowIfCancellationRequested();
            if (!TrySplit(entry.Name, out var key, out var extension))
            {
                continue;
            }

            if (members is null || members.Key != key)
            {
                AddTo(found, members);
                members = new Members(key, file, isRepeated: false);
            }
            else if (members.Has(extension))
            {
                members.IsRepeated = true;
                AddTo(found, members);
                members = new Members(key, file, isRepeated: true);
            }

            members.Add(extension, entry, stream);
        }

        if (tar.Fault is null)
        {
            AddTo(found, members);
            if (!tar.HasEnd || tar.HasDataAfterEnd)
            {
                var note = tar.HasEnd ? "entries after the end of the archive, which are not read"
                    : "no end-of-archive block: whether something is missing cannot be told";
                found.Add(new SourceSample("", file) { Note = note });
            }

            return;
        }

        // A sample that the cut runs through goes with it; one that was whole before stays.
        var isCut = tar.Fault.Member is { } cut && TrySplit(cut, out var cutKey, out _) && cutKey == members?.Key;
        if (members is not null && !isCut && members.ToSample(options.ImageKeys) is { PictureLength: >= 0 } whole
            && (whole.Captions.Count > 0 || whole.Class >= 0))
        {
            found.Add(whole);
        }

        found.Add(Lost(file, tar.Fault.Reason,
            string.Create(CultureInfo.InvariantCulture, $"at byte {tar.Fault.Position}: {tar.Fault.Detail}")));
    }

    private void AddTo(List<SourceSample> found, Members? members)
    {
        if (members is not null)
        {
            found.Add(members.ToSample(options.ImageKeys));
        }
    }

    private static SourceSample Lost(SampleFile file, SkipReason reason, string detail) =>
        new("", file) { Skip = reason, Detail = detail };

    // Names without an extension and hidden ones (".DS_Store", Apple's "._a.jpg") are strays, not samples.
    private static bool TrySplit(string name, out string key, out string extension)
    {
        var start = name.LastIndexOf('/') + 1;
        var dot = name.IndexOf('.', start);
        (key, extension) = dot > start && dot < name.Length - 1
            ? (name[..dot], name[(dot + 1)..].ToLowerInvariant())
            : ("", "");
        return key.Length > 0;
    }

    // The members of one key met so far.
    private sealed class Members(string key, SampleFile file, bool isRepeated)
    {
        private readonly List<(string Extension, TarEntry Entry)> _entries = [];
        private List<string> _text = [];
        private List<string> _json = [];
        private int _class = -1;
        private bool _isRepaired;
        private bool _isBadText;

        public string Key => key;

        public bool IsRepeated { get; set; } = isRepeated;

        public bool Has(string extension) => _entries.Exists(e => e.Extension == extension);

        public void Add(string extension, TarEntry entry, Stream stream)
        {
            _entries.Add((extension, entry));
            var limit = extension switch
            {
                "txt" => CaptionReader.MaxTextLength,
                "json" => CaptionReader.MaxJsonLength,
                "cls" => 32,
                _ => -1,
            };
            if (limit < 0)
            {
                return;
            }

            if (entry.Length > limit)
            {
                _isBadText = true;
                return;
            }

            var data = new byte[entry.Length];
            stream.Position = entry.Offset;
            stream.ReadExactly(data);
            switch (extension)
            {
                case "txt":
                    _text = CaptionReader.FromText(data, out var repaired);
                    _isRepaired |= repaired;
                    break;
                case "json":
                    var captions = CaptionReader.FromJson(data);
                    _isBadText |= captions is null;
                    _json = captions ?? [];
                    break;
                default:
                    var digits = data.AsSpan().Trim(" \n\r\t"u8);
                    var isClass = Utf8Parser.TryParse(digits, out _class, out var used) && used == digits.Length && _class >= 0;
                    _isBadText |= !isClass;
                    _class = isClass ? _class : -1;
                    break;
            }
        }

        public SourceSample ToSample(IReadOnlyList<string> imageKeys)
        {
            var picture = imageKeys.Select(k => _entries.FindIndex(e => e.Extension == k)).FirstOrDefault(i => i >= 0, -1);
            var captions = _text.Count > 0 ? _text : _json;
            return new SourceSample(key, file)
            {
                PictureOffset = picture < 0 ? 0 : _entries[picture].Entry.Offset,
                PictureLength = picture < 0 ? -1 : _entries[picture].Entry.Length,
                Captions = captions,
                Class = _class,
                HasRepairedText = _isRepaired,
                IsRepeated = IsRepeated,
                Skip = _isBadText && captions.Count == 0 && picture >= 0 ? SkipReason.BadText : null,
            };
        }
    }
}
