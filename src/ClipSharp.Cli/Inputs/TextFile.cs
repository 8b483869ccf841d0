using System.IO.Compression;
using System.Text.Json;
using ClipSharp.Cli.Rendering;
using ClipSharp.Data;
using ClipSharp.Data.Sources.Tables;

namespace ClipSharp.Cli.Inputs;

/// <summary>Texts in a file: one a line, or JSON lines (<c>*.jsonl</c>), each a string or an object with "text"; <c>.gz</c> too;
/// the captions of a table (<c>*.csv</c>, <c>*.tsv</c>); <c>-</c> is stdin, one text a line. Bytes that are not UTF-8 become
/// U+FFFD.</summary>
internal static class TextFile
{
    /// <summary>The texts, one by one.</summary>
    /// <exception cref="ClipException">A line is not what its file's name promises, or the file is not gzip.</exception>
    /// <param name="path">The file.</param>
    /// <param name="reading">How a table is read.</param>
    /// <param name="output">Told what was seen of a table.</param>
    public static IEnumerable<string> Read(string path, DataOptions reading, Output output) =>
        path == PictureInputs.Stdin ? Lines(Console.In, path, isJson: false)
        : TableFile.IsTable(path) ? CaptionTable.Read(path, reading, output.Note)
        : ReadFile(path);

    private static IEnumerable<string> ReadFile(string path)
    {
        using var file = Open(path);
        var isPacked = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var name = isPacked ? path[..^3] : path;
        var isJson = name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);
        using var reader = new StreamReader(isPacked ? new GZipStream(file, CompressionMode.Decompress) : file);
        foreach (var text in Lines(reader, path, isJson))
        {
            yield return text;
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The file of texts cannot be read", path, e.Message, "one text a line",
                "Check the path.", e);
        }
    }

    private static IEnumerable<string> Lines(TextReader reader, string path, bool isJson)
    {
        for (var line = 1; ReadLine(reader, path) is { } text; line++)
        {
            if (!isJson)
            {
                yield return text;
            }
            else if (text.Length > 0)
            {
                yield return FromJson(text, path, line);
            }
        }
    }

    private static string? ReadLine(TextReader reader, string path)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (InvalidDataException e)
        {
            throw new ClipException(ClipError.Data, "Not a gzip file", path, e.Message, "a gzip file, as its name says",
                "Fetch it again, or rename it.", e);
        }
    }

    private static string FromJson(string line, string path, int number)
    {
        string found;
        try
        {
            using var json = JsonDocument.Parse(line);
            var value = json.RootElement;
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("text", out var text))
            {
                value = text;
            }

            if (value.ValueKind == JsonValueKind.String)
            {
                return value.GetString()!;
            }

            found = value.ValueKind.ToString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: a lone surrogate
        {
            found = e.Message;
        }

        throw new ClipException(ClipError.Data, "Not a text", $"{path}, line {number}", found,
            "a JSON string or an object with \"text\"", "Give plain lines a name that does not end in .jsonl.");
    }
}
