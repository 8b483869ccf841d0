using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace ClipSharp.Evaluation.Tests;

/// <summary>Measures that scikit-learn, numpy and scipy computed.</summary>
internal sealed class MetricsFixture
{
    private readonly byte[] _tensors = File.ReadAllBytes(SharedFiles.Fixture("metrics/fixture.safetensors"));

    public JsonElement Values { get; } = JsonDocument.Parse(File.ReadAllText(SharedFiles.Fixture("metrics/values.json"))).RootElement;

    public Embeddings Rows(string name) => new(Read<float>(name, out var shape), shape[1]);

    public int[] Indices(string name) => [.. Read<long>(name, out _).Select(value => (int)value)];

    private T[] Read<T>(string name, out int[] shape)
        where T : unmanaged
    {
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(_tensors);
        var entry = JsonDocument.Parse(_tensors.AsMemory(8, length)).RootElement.GetProperty(name);
        shape = [.. entry.GetProperty("shape").EnumerateArray().Select(side => side.GetInt32())];
        var offsets = entry.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt32()).ToArray();
        return MemoryMarshal.Cast<byte, T>(_tensors.AsSpan(8 + length + offsets[0], offsets[1] - offsets[0])).ToArray();
    }
}
