using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ClipSharp.Weights;

/// <summary>Writes safetensors. Wide types come first, then names in order, and the header is padded to 8 bytes, as the reference
/// does: every tensor is aligned, and the same tensors give the same bytes.</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes a file, one tensor after the other.</summary>
    /// <param name="file">Where to; written from its position on.</param>
    /// <param name="tensors">In any order; names must differ.</param>
    /// <param name="metadata">Anything the writer wants to say of the file.</param>
    /// <exception cref="ArgumentException">A name is unfit or stands twice, or bytes and shape disagree.</exception>
    public static void Write(Stream file, IEnumerable<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderByDescending(tensor => tensor.Type).ThenBy(tensor => tensor.Name, StringComparer.Ordinal)
            .ToList();
        Check(ordered);
        var header = Header(ordered, metadata);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        file.Write(length);
        file.Write(header);
        foreach (var tensor in ordered)
        {
            file.Write(tensor.Bytes().Span);
        }
    }

    private static void Check(List<NamedTensor> tensors)
    {
        var names = new HashSet<string>();
        foreach (var tensor in tensors)
        {
            if (tensor.Name == SafetensorsHeader.MetadataName || !SafetensorsHeader.IsFit(tensor.Name) || !names.Add(tensor.Name))
            {
                throw new ArgumentException($"A tensor cannot be named {tensor.Name}, or two are.", nameof(tensors));
            }
        }
    }

    private static byte[] Header(List<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(SafetensorsHeader.MetadataName);
                foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.Name());
                WriteIntegers(json, "shape", tensor.Shape);
                WriteIntegers(json, "data_offsets", [offset, checked(offset + tensor.ByteLength)]);
                json.WriteEndObject();
                offset += tensor.ByteLength;
            }

            json.WriteEndObject();
        }

        while (buffer.Length % Alignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteIntegers(Utf8JsonWriter json, string name, ReadOnlySpan<long> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
