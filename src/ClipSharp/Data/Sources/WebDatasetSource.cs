using System.Buffers.Text;
using System.Globalization;
using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Shards.Caching;
using ClipSharp.Files.Reading;

namespace ClipSharp.Data.Sources;

/// <summary>Tar shards in the WebDataset manner: neighbouring members with one key are one sample
/// (<c>000.jpg</c>, <c>000.txt</c>, <c>000.json</c>, <c>000.cls</c>). The key ends at the first dot of the base name;
/// extensions are lower-cased; a member that repeats begins a new sample, as open_clip's grouping does. A shard that cannot be
/// read is counted, and the others are read.</summary>
/// <param name="shards">Tars in reading order: paths, addresses, commands; those that are packed or elsewhere go through the
/// cache.</param>
/// <param name="options">Which extensions are pictures and texts, and what a caption is.</param>
public sealed class WebDatasetSource(IReadOnlyList<string> shards, DataOptions options) : ISampleSource
{
    private const int EndingsTold = 12;

    private readonly ShardAccess _access = new(options);
    private readonly SideTexts _beside = new(options);
    private readonly Dictionary<string, long> _endings = new(StringComparer.Ordinal);

    /// <summary>The same with a way to shards that others use too.</summary>
    internal WebDatasetSource(IReadOnlyList<string> shards, DataOptions options, ShardAccess access)
        : this(shards, options) => _access = access;

    /// <inheritdoc/>
    public IReadOnlyList<string> Places => shards;

    /// <inheritdoc/>
    public string Met => _endings.Count == 0 ? "" : "members end in " + string.Join(", ", _endings
        .OrderByDescending(ending => ending.Value).ThenBy(ending => ending.Key, StringComparer.Ordinal).Take(EndingsTold)
        .Select(ending => string.Create(CultureInfo.InvariantCulture, $".{ending.Key} ({ending.Value:N0})")))
        + (_endings.Count > EndingsTold ? ", ..." : "") + ": name those of pictures with --image-key, of texts with --text-key";

    /// <inheritdoc/>
    public IEnumerable<SourceSample> Read(CancellationToken cancel = default)
    {
        _endings.Clear();
        var unreadable = 0;
        foreach (var (index, shard) in shards.Index())
        {
            _access.Prefetch(shards.Skip(index + 1));
            var (_, samples) = ReadShard(shard, cancel);
            if (samples is [{ Skip: SkipReason.NotAShard or SkipReason.ReadFailed } loss] && ++unreadable == shards.Count)
            {
                throw loss.Skip == SkipReason.NotAShard
                    ? new ClipException(ClipError.Data, "Not a tar", loss.File.Path, "other content", "a tar of pictures and captions",
                        "Look at the file: a failed download often leaves an HTML page.")
                    : new ClipException(ClipError.NoInput, "A shard cannot be read", loss.File.Path, loss.Detail, "a readable file",
                        "Check the path and its rights.");
            }

            foreach (var sample in samples)
            {
                yield return sample;
            }
        }

        if (_access.Note is { } note)
        {
            yield return new SourceSample("", new SampleFile(ShardPlace.Shown(shards[^1]), "", 0, default)) { Note = note };
        }
    }

    /// <summary>The whole shard before any of it is handed out: one that changed meanwhile gives nothing.</summary>
    /// <returns>The shard, of no time where it could not be opened, and what is in it.</returns>
    internal (SampleFile File, IReadOnlyList<SourceSample> Samples) ReadShard(string path, CancellationToken cancel) =>
        ReadShard(new SampleFile(ShardPlace.Shown(path), ShardPlace.Name(path), 0, default), () => _access.Open(path, cancel),
            cancel);

    /// <summary>The same for a shard that was opened before, as it was then.</summary>
    internal IReadOnlyList<SourceSample> ReadShard(SampleFile indexed, CancellationToken cancel) => indexed.Shard is null
        ? ReadShard(indexed.Path, cancel).Samples
        : ReadShard(indexed, () => new LocalShard(new SteadyFile(indexed.Path, indexed.Open), indexed), cancel)
            .Samples;

    private (SampleFile File, IReadOnlyList<SourceSample> Samples) ReadShard(
        SampleFile file, Func<LocalShard> open, CancellationToken cancel)
    {
        var found = new List<SourceSample>();
        try
        {
            using var shard = open();
            file = shard.File;
            ReadShard(shard.Stream, file, found, cancel);
            return (file, shard.IsStill ? found : [Lost(file, SkipReason.ReadFailed, "it changed while it was read")]);
        }
        catch (ClipException e) when (e.InnerException is MissingShard && options.AllowMissingShards)
        {
            return (file, [Lost(file, SkipReason.MissingShard, "")]);
        }
        catch (InvalidDataException e)
        {
            return (file, [Lost(file, SkipReason.CorruptShard, e.Message)]);
        }
        catch (Exception e) when (ReadFailure.IsCounted(e, options))
        {
            return (file, [Lost(file, SkipReason.ReadFailed, ReadFailure.Detail(e))]);
        }
    }

    /// <summary>One sample again, as reading the whole shard gave it, but for what is told of the shard and that members
    /// repeat.</summary>
    /// <param name="shard">Of the shard, at its own positions; it ends where the sample's last member does.</param>
    /// <param name="start">Where its first member begins.</param>
    /// <param name="file">The shard.</param>
    /// <returns>Null where the bytes hold no sample.</returns>
    internal SourceSample? ReadPiece(Stream shard, long start, SampleFile file)
    {
        _endings.Clear();
        var found = new List<SourceSample>(capacity: 2);
        ReadShard(shard, file, found, CancellationToken.None, start);
        return found.Find(sample => sample.Note is null && sample.Skip is null);
    }

    private void ReadShard(
        Stream stream, SampleFile file, List<SourceSample> found, CancellationToken cancel, long start = 0)
    {
        var tar = new TarReader(stream, start);
        Members? members = null;
        var (strays, firstStray) = (0, "");
        while (tar.TryNext(out var entry))
        {
            cancel.ThrowIfCancellationRequested();
            if (!TrySplit(entry.Name, out var key, out var extension))
            {
                firstStray = strays++ == 0 ? entry.Name : firstStray;
                continue;
            }

            _endings[extension] = _endings.GetValueOrDefault(extension) + 1;
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

            members.Add(extension, entry, _beside.Holds(extension) ? SideFileOf(entry, extension, stream) : null, stream);
        }

        if (strays > 0)
        {
            Remark(string.Create(CultureInfo.InvariantCulture,
                $"{strays:N0} {(strays == 1 ? "member belongs" : "members belong")} to no sample, being hidden or without an extension; the first is {firstStray}"));
        }

        if (tar.Fault is null)
        {
            AddTo(found, members);
            if (!tar.HasEnd || tar.HasDataAfterEnd)
            {
                Remark(tar.HasEnd ? "entries after the end of the archive, which are not read"
                    : "no end-of-archive block: whether something is missing cannot be told");
            }

            return;
        }

        // A sample that the cut runs through goes with it; one that was whole before stays.
        var isCut = tar.Fault.Member is { } cut && TrySplit(cut, out var cutKey, out _) && cutKey == members?.Key;
        if (members is not null && !isCut && members.ToSample(options.ImageKeys, _beside) is { PictureLength: >= 0 } whole
            && (whole.Captions.Count > 0 || whole.Class >= 0))
        {
            found.Add(whole);
        }

        found.Add(Lost(file, tar.Fault.Reason,
            string.Create(CultureInfo.InvariantCulture, $"at byte {tar.Fault.Position}: {tar.Fault.Detail}")));

        void Remark(string note) => found.Add(new SourceSample("", file) { Note = note });
    }

    private void AddTo(List<SourceSample> found, Members? members)
    {
        if (members is not null)
        {
            found.Add(members.ToSample(options.ImageKeys, _beside));
        }
    }

    private static SideFile SideFileOf(TarEntry entry, string extension, Stream stream) =>
        entry.Length <= CaptionReader.MostOf(extension) ? new SideFile(Bytes(entry, stream)) : SideFile.TooLong;

    private static byte[] Bytes(TarEntry entry, Stream stream)
    {
        var bytes = new byte[entry.Length];
        stream.Position = entry.Offset;
        stream.ReadExactly(bytes);
        return bytes;
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
        private const int MaxClassLength = 32;

        private readonly List<(string Extension, TarEntry Entry, SideFile? Text)> _entries = new(capacity: 4);
        private int _class = -1;
        private string? _classFault;
        private long _start = -1, _end;

        public string Key => key;

        public bool IsRepeated { get; set; } = isRepeated;

        public bool Has(string extension) => Find(extension) is not null;

        public void Add(string extension, TarEntry entry, SideFile? text, Stream stream)
        {
            _entries.Add((extension, entry, entry.IsFile ? text : null));
            (_start, _end) = (_start < 0 ? entry.Start : _start, entry.End);
            if (!entry.IsFile)
            {
                return;
            }

            if (text is null && extension == "cls")
            {
                var digits = entry.Length <= MaxClassLength ? Bytes(entry, stream).AsSpan().Trim(" \n\r\t"u8) : [];
                var isClass = Utf8Parser.TryParse(digits, out int number, out var used) && used == digits.Length && number >= 0;
                (_class, _classFault) = isClass ? (number, null) : (-1, ".cls is no number");
            }
        }

        public SourceSample ToSample(IReadOnlyList<string> imageKeys, SideTexts beside)
        {
            var (picture, link) = (default(TarEntry), "");
            foreach (var ending in imageKeys)
            {
                if (Find(ending) is { Entry: var entry })
                {
                    if (entry.IsFile)
                    {
                        picture = entry;
                        break;
                    }

                    link = link.Length > 0 ? link : entry.Name;
                }
            }

            var texts = beside.Read(ending => Find(ending)?.Text);
            return new SourceSample(key, file)
            {
                PictureOffset = picture.Offset,
                PictureLength = picture.IsFile ? picture.Length : -1,
                PieceStart = _start,
                PieceEnd = _end,
                Captions = texts.Captions,
                CaptionShares = texts.Shares,
                Class = _class,
                HasRepairedText = texts.IsRepaired,
                TextFault = texts.Fault ?? _classFault,
                IsRepeated = IsRepeated,
                Detail = link.Length > 0 && !picture.IsFile ? $"{link} is a link or a device, no file" : "",
            };
        }

        private (string Extension, TarEntry Entry, SideFile? Text)? Find(string extension)
        {
            foreach (var member in _entries)
            {
                if (member.Extension == extension)
                {
                    return member;
                }
            }

            return null;
        }
    }
}
