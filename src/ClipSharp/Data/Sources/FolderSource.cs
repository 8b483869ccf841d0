using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources.Folders;
using ClipSharp.Files;
using ClipSharp.Files.Reading;

namespace ClipSharp.Data.Sources;

/// <summary>Folders of pictures, at any depth, each with a <c>.txt</c> or <c>.json</c> of the same name beside it, or named in a
/// <c>metadata.jsonl</c> or <c>metadata.csv</c> among them. Order is ordinal by path. The key is the path below the folder, with
/// its extension, parts joined by "/". Every file is a picture, a text of one, or counted.</summary>
/// <param name="folders">Paths of folders, in reading order.</param>
/// <param name="options">Which extensions are pictures and texts, and what a caption is.</param>
public sealed class FolderSource(IReadOnlyList<string> folders, DataOptions options) : ISampleSource
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Places => folders;

    /// <inheritdoc/>
    public IEnumerable<SourceSample> Read(CancellationToken cancel = default) => folders.SelectMany(f => ReadFolder(f, cancel));

    private IEnumerable<SourceSample> ReadFolder(string folder, CancellationToken cancel)
    {
        var entries = FolderWalk.Entries(folder, options);
        var used = entries.Where(entry => entry.LeftOut is null).Select(entry => entry.Key).ToList();
        var stems = used.Where(key => !FolderWalk.IsText(key, options)).Select(Stem).ToHashSet(StringComparer.Ordinal);
        var tables = new FolderCaptions(folder, options);
        foreach (var key in used.Where(FolderCaptions.IsTable))
        {
            tables.Read(key);
        }

        var beside = new SideTexts(options);
        foreach (var (key, leftOut, detail) in entries)
        {
            cancel.ThrowIfCancellationRequested();
            var path = Path.Combine(folder, key);
            if (leftOut is not null)
            {
                yield return Lost(leftOut);
            }
            else if (!FolderWalk.IsText(key, options))
            {
                var sample = Sample(path, key, beside, options);
                var named = tables.Take(key);
                yield return sample.Captions.Count > 0 ? sample : sample with { Captions = named, CaptionShares = [] };
            }
            else if (!FolderCaptions.IsTable(key) && !stems.Contains(Stem(key)))
            {
                // A text without a picture; other JSON may be anything.
                yield return Lost(key.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? SkipReason.OtherFile : null);
            }

            SourceSample Lost(SkipReason? reason) =>
                new(key, new SampleFile(path, key, 0, default)) { Skip = reason, Detail = detail };
        }

        foreach (var left in tables.Left())
        {
            yield return left;
        }
    }

    private static string Stem(string key) => key[..^Path.GetExtension(key).Length];

    /// <summary>A picture file with what lies beside it.</summary>
    internal static SourceSample Sample(string path, string key, SideTexts beside, DataOptions options)
    {
        var file = new SampleFile(path, key, 0, default);
        try
        {
            file = SampleFile.Of(path, key);
            var texts = beside.Read(ending => ReadBeside(path, ending));
            return new SourceSample(key, file)
            {
                PictureLength = file.Length,
                Captions = texts.Captions,
                CaptionShares = texts.Shares,
                HasRepairedText = texts.IsRepaired,
                TextFault = texts.Fault,
            };
        }
        catch (Exception e) when (ReadFailure.IsCounted(e, options))
        {
            return new SourceSample(key, file) { Skip = SkipReason.ReadFailed, Detail = ReadFailure.Detail(e) };
        }
    }

    private static SideFile? ReadBeside(string picture, string ending)
    {
        var path = Path.ChangeExtension(picture, ending);
        if (path == picture || !File.Exists(path))
        {
            return null;
        }

        return SteadyRead.Look(path, () => LinkedFile.Of(path).Length) <= CaptionReader.MostOf(ending)
            ? new SideFile(SteadyRead.All(path))
            : SideFile.TooLong;
    }
}
