using System.Globalization;
using System.Text.Json;
using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources.Tables;
using ClipSharp.Files;
using ClipSharp.Files.Reading;

namespace ClipSharp.Data.Sources.Folders;

/// <summary>Captions of many pictures in one file among them, as the hub's data sets have it: <c>metadata.jsonl</c>, an object a
/// line with <c>file_name</c> (or <c>image_file_name</c>) and <c>text</c>, or <c>metadata.csv</c> with such columns. Names are
/// relative to the file's folder; a caption has any of the usual names of tables.</summary>
/// <param name="folder">The folder that is walked.</param>
/// <param name="options">Names of columns, and what a caption is.</param>
internal sealed class FolderCaptions(string folder, DataOptions options)
{
    private const long MaxLength = 1 << 30;

    private readonly CaptionReader _captions = new(options);
    private readonly Dictionary<string, Named> _named = new(StringComparer.Ordinal);
    private readonly List<SourceSample> _remarks = [];

    /// <summary>Whether a file is such a one by its name.</summary>
    public static bool IsTable(string key) => Path.GetFileName(key) is "metadata.jsonl" or "metadata.csv";

    /// <summary>Reads one.</summary>
    /// <param name="key">Its path below the folder.</param>
    public void Read(string key)
    {
        var file = new SampleFile(Path.Combine(folder, key), key, 0, default);
        try
        {
            if (SteadyRead.Look(file.Path, () => LinkedFile.Of(file.Path).Length) > MaxLength)
            {
                Lose(file, "over 1 GiB");
            }
            else if (key.EndsWith(".csv", StringComparison.Ordinal))
            {
                ReadTable(file);
            }
            else
            {
                ReadLines(file);
            }
        }
        catch (ClipException e) when (e.Kind != ClipError.InputOutput) // a table of something else
        {
            Lose(file, e.Message);
        }
        catch (Exception e) when (ReadFailure.IsCounted(e, options))
        {
            _remarks.Add(new SourceSample("", file) { Skip = SkipReason.ReadFailed, Detail = ReadFailure.Detail(e) });
        }
    }

    /// <summary>The captions of a picture; none where no file names it.</summary>
    /// <param name="key">Its path below the folder.</param>
    public IReadOnlyList<string> Take(string key) => _named.Remove(key, out var named) ? named.Captions : [];

    /// <summary>What was not taken: lines that cannot be read, and those that name pictures which are not there.</summary>
    public IEnumerable<SourceSample> Left() => _remarks.Concat(_named.Values.OrderBy(named => named.Key, StringComparer.Ordinal)
        .Select(named => new SourceSample(named.Key, named.Table) { Detail = At(named.Line, "no such picture") }));

    private void ReadTable(SampleFile file)
    {
        if (TableFile.Open(file.Path, options, needsPictures: true) is not { } table)
        {
            return;
        }

        foreach (var row in table.Rows())
        {
            if (row.Fault is not null)
            {
                Lose(file, At(row.Line, row.Fault));
            }
            else
            {
                Add(file, row.Line, row.Fields[table.Head.Picture].Trim(), _captions.FromText(row.Fields[table.Head.Caption]));
            }
        }

        _remarks.AddRange(table.Notes.Select(note => new SourceSample("", file) { Note = note }));
    }

    private void ReadLines(SampleFile file)
    {
        var keys = options.JsonTextKeys.Count > 0 ? options.JsonTextKeys : TableHead.CaptionNames;
        using var reader = new StreamReader(new SteadyFile(file.Path));
        for (var index = 0; reader.ReadLine() is { } line; index++)
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            try
            {
                using var json = PythonJson.Parse(System.Text.Encoding.UTF8.GetBytes(line));
                if (_captions.FromJson(json.RootElement, keys) is { } captions && NameIn(json.RootElement) is { } name)
                {
                    Add(file, index + 1, name, captions);
                }
                else
                {
                    Lose(file, At(index + 1, "no object with file_name and a text"));
                }
            }
            catch (JsonException)
            {
                Lose(file, At(index + 1, "no JSON"));
            }
        }
    }

    private static string? NameIn(JsonElement json) => json.EnumerateObject()
        .Where(member => member.Name is "file_name" || member.Name.EndsWith("_file_name", StringComparison.Ordinal))
        .Select(member => member.Value.ValueKind == JsonValueKind.String ? PythonJson.Text(member.Value) : null)
        .LastOrDefault();

    private void Add(SampleFile file, long line, string name, List<string> captions)
    {
        if (name.Length == 0 || name.Contains('\0'))
        {
            Lose(file, At(line, "no name of a picture"));
            return;
        }

        var path = Path.GetFullPath(name.Replace('\\', '/'), Path.GetDirectoryName(Path.GetFullPath(file.Path))!);
        var key = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
        if (!_named.TryGetValue(key, out var named))
        {
            _named.Add(key, named = new Named(key, file, line, []));
        }

        named.Captions.AddRange(captions);
    }

    private void Lose(SampleFile file, string detail) =>
        _remarks.Add(new SourceSample("", file) { Skip = SkipReason.BadText, Detail = detail });

    private static string At(long line, string what) => string.Create(CultureInfo.InvariantCulture, $"line {line}: {what}");

    private sealed record Named(string Key, SampleFile Table, long Line, List<string> Captions);
}
