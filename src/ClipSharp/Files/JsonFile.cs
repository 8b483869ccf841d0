using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace ClipSharp.Files;

/// <summary>Reads small JSON files: configurations and manifests. The one place that strips a byte order mark and turns every
/// fault into a <see cref="ClipException"/>.</summary>
public static class JsonFile
{
    private const int MaxBytes = 16 << 20;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a value.</summary>
    /// <param name="path">The file, at most 16 MiB.</param>
    /// <param name="type">How: take it from a source-generated context that refuses duplicate members.</param>
    /// <exception cref="ClipException">It is missing (NoInput), or no JSON of this kind (Data).</exception>
    public static T Read<T>(string path, JsonTypeInfo<T> type)
    {
        try
        {
            var length = LinkedFile.Of(path).Length;
            return length <= MaxBytes
                ? Parse(File.ReadAllBytes(path), type, path)
                : throw new ClipException(ClipError.Data, "The JSON is too long", path, $"{length} bytes", $"at most {MaxBytes}",
                    "Check the path.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The file cannot be read", path, e.Message, "a JSON file",
                "Check the path.", e);
        }
    }

    /// <summary>Reads a value from UTF-8 text.</summary>
    /// <param name="json">The text; a byte order mark may stand before it.</param>
    /// <param name="type">How.</param>
    /// <param name="where">For messages.</param>
    /// <exception cref="ClipException">It is no JSON of this kind (Data).</exception>
    public static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string where)
    {
        if (json.StartsWith(ByteOrderMark))
        {
            json = json[ByteOrderMark.Length..];
        }

        if (!Utf8.IsValid(json))
        {
            throw new ClipException(ClipError.Data, "The JSON is no UTF-8 text", where, "bytes that are none", "UTF-8",
                "Save it as UTF-8.");
        }

        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("The whole value is null.");
        }
        catch (JsonException e)
        {
            var place = e.LineNumber is { } line ? $"{where}, line {line + 1}, byte {e.BytePositionInLine + 1}" : where;
            throw new ClipException(ClipError.Data, "The JSON does not say what is wanted here", place,
                $"{JsonFault.Describe(e)} at {e.Path ?? "$"}",
                $"a {typeof(T).Name} with each member once and of its kind", "Compare with a file that works.", e);
        }
        catch (ArgumentException e) // of JsonObject, which finds a member twice only when it adds it
        {
            throw new ClipException(ClipError.Data, "The JSON does not say what is wanted here", where, e.Message,
                "each member once", "Compare with a file that works.", e);
        }
    }
}
