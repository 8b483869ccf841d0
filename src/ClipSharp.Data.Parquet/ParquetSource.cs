using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using Parquet.Schema;
using static System.FormattableString;

namespace ClipSharp.Data.Parquet;

/// <summary>Parquet files that hold pictures as bytes, as Hugging Face's data sets are: a column of structs with <c>bytes</c>
/// and <c>path</c>, or of bytes alone; captions in a column of texts or of lists of texts; classes in <c>label</c>. A row is a
/// sample; its key is the picture's <c>path</c>, else the number of the row in its file, from 0. A file, or a row group, that
/// cannot be read is counted, and the others are read.</summary>
/// <remarks>Pictures are unpacked a row group at a time, while the set is indexed and when one of its pictures is asked for; 512
/// MiB of them are kept, or the last row group where it alone is larger. Each thread that unpacks one holds that twice
/// meanwhile.</remarks>
/// <param name="files">Paths of Parquet files, in reading order.</param>
/// <param name="options">Names of columns, and what a caption is.</param>
public sealed class ParquetSource(IReadOnlyList<string> files, DataOptions options) : ISampleSource
{
    private const long KeptBytes = 512 << 20;
    private const long LargeGroupBytes = 64 << 20;

    private readonly CaptionReader _captions = new(options);
    private string _met = "";

    /// <summary>Lets this process read Parquet files wherever data is named; for all threads, from now on.</summary>
    public static void Add() => SampleSources.AddParquet((paths, options) => new ParquetSource(paths, options));

    /// <inheritdoc/>
    public IReadOnlyList<string> Places => files;

    /// <inheritdoc/>
    public string Met => _met;

    /// <inheritdoc/>
    public IEnumerable<SourceSample> Read(CancellationToken cancel = default)
    {
        var cache = new RowGroupCache(KeptBytes);
        var (unreadable, told, all) = (0, "", 0L);
        foreach (var path in files)
        {
            var found = new List<SourceSample>();
            if (ReadFile(path, cache, found, cancel) is { } columns)
            {
                if (!columns.AreAsSaid(options) && columns.Chosen != told)
                {
                    told = columns.Chosen;
                    yield return found[0] with { Note = "by their names, " + told };
                }
            }
            else if (++unreadable == files.Count)
            {
                throw found[0].Skip == SkipReason.ReadFailed
                    ? new ClipException(ClipError.NoInput, "A Parquet file cannot be read", path, found[0].Detail, "a readable file",
                        "Check the path and its rights.")
                    : new ClipException(ClipError.Data, "Not a Parquet file that can be read", path, found[0].Detail,
                        "a Parquet file of pictures and captions", "Fetch it again.");
            }

            foreach (var sample in found)
            {
                yield return sample;
            }

            all += found.Sum(sample => Math.Max(0, sample.PictureLength));
            var largest = found[0].File.Packed is PackedRows rows ? rows.LargestGroup : 0;
            if (all > KeptBytes && largest > LargeGroupBytes)
            {
                all = long.MinValue; // said once
                yield return found[0] with
                {
                    Note = Invariant($"its pictures lie {largest >> 20:N0} MiB to a row group, and one picture is had by unpacking all of them; training in random order is faster from row groups of 100 rows"),
                };
            }
        }
    }

    // Null where nothing of the file can be read; then there is one loss.
    private ParquetColumns? ReadFile(string path, RowGroupCache cache, List<SourceSample> found, CancellationToken cancel)
    {
        var state = new SampleFile(path, Path.GetFileName(path), 0, default);
        try
        {
            using var file = new ParquetFile(path);
            var columns = ParquetColumns.Of(file.Schema, options, path);
            _met = $"columns are {ParquetColumns.Listed(file.Schema)}: name that of pictures with --csv-img-key, of captions with --csv-caption-key";
            var rows = new PackedRows(cache, options);
            state = file.State with { Packed = rows };
            for (var (group, first) = (0, 0L); group < file.Groups; first += file.Rows(group++))
            {
                cancel.ThrowIfCancellationRequested();
                try
                {
                    AddGroup(file, columns, rows, state, group, first, found);
                }
                catch (ParquetFault fault)
                {
                    found.Add(Lost(state, fault.Reason,
                        Invariant($"row group {group}, from row {first:N0}: {fault.Message}")));
                }
            }

            if (found.Count == 0)
            {
                found.Add(new SourceSample("", state) { Note = "it has no rows" });
            }

            return columns;
        }
        catch (ParquetFault fault)
        {
            found.Add(Lost(state, fault.Reason, fault.Message));
        }
        catch (Exception e) when (ReadFailure.IsCounted(e, options))
        {
            found.Clear();
            found.Add(Lost(state, SkipReason.ReadFailed, ReadFailure.Detail(e)));
        }

        return null;
    }

    private void AddGroup(ParquetFile file, ParquetColumns columns, PackedRows rows, SampleFile state, int group, long first,
        List<SourceSample> found)
    {
        var pictures = rows.Add(file, columns, first);
        var names = TextsOf(file, columns.Name, group, pictures.Length);
        var captions = TextsOf(file, columns.Caption, group, pictures.Length);
        var classes = NumbersOf(file, columns.Class, group, pictures.Length);
        for (var row = 0; row < pictures.Length; row++)
        {
            var name = names?[row] is [{ Length: > 0 } given] ? given : null;
            var texts = captions?[row] ?? [];
            found.Add(new SourceSample(name ?? Invariant($"{first + row:D9}"), state)
            {
                PictureOffset = first + row,
                PictureLength = pictures[row]?.Length ?? -1,
                Captions = [.. texts.Where(text => text.Length <= CaptionReader.MaxTextLength).SelectMany(_captions.FromText)],
                Class = classes?[row] ?? -1,
                HasRepairedText = texts.Exists(text => text.Contains('\uFFFD')),
                TextFault = texts.Exists(text => text.Length > CaptionReader.MaxTextLength)
                    ? Invariant($"a text over {CaptionReader.MaxTextLength:N0} characters") : null,
                Detail = Invariant($"row {first + row:N0}")
                    + (pictures[row] is null && name is not null ? ", a path without bytes" : ""),
            });
        }
    }

    private static List<string>[]? TextsOf(ParquetFile file, DataField? field, int group, int rows)
    {
        if (field is null)
        {
            return null;
        }

        using var data = file.Read(group, field);
        return ColumnValues.Texts(data, field, rows);
    }

    private static int[]? NumbersOf(ParquetFile file, DataField? field, int group, int rows)
    {
        if (field is null)
        {
            return null;
        }

        using var data = file.Read(group, field);
        return ColumnValues.Numbers(data, field, rows);
    }

    private static SourceSample Lost(SampleFile file, SkipReason reason, string detail) =>
        new("", file) { Skip = reason, Detail = detail };
}
