using System.Runtime.InteropServices;
using System.Text.Json;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Tests;

/// <summary>Measures that scikit-learn, numpy and scipy computed.</summary>
internal sealed class MetricsFixture : IDisposable
{
    private readonly SafetensorsFile _tensors = Fixtures.OpenSafetensors("metrics/fixture.safetensors");

    public JsonElement Values { get; } = JsonDocument.Parse(Fixtures.Bytes("metrics/values.json")).RootElement;

    public Embeddings Rows(string name) => new(_tensors.ReadFloats(name), (int)_tensors.Tensors[name].Shape[1]);

    public int[] Indices(string name) =>
        [.. MemoryMarshal.Cast<byte, long>(_tensors.Bytes(name)).ToArray().Select(value => (int)value)];

    public ReadOnlySpan<byte> Bytes(string name) => _tensors.Bytes(name);

    public void Dispose() => _tensors.Dispose();
}
