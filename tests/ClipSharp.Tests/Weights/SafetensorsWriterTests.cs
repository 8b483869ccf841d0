using ClipSharp.Weights;

namespace ClipSharp.Tests.Weights;

public sealed class SafetensorsWriterTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        using var original = Fixtures.OpenSafetensors("vit-tiny/expected.safetensors");
        using var copy = SafetensorsFile.Parse(
            Written(original.Tensors.Values.Select(tensor => Copy(original, tensor)),
                new Dictionary<string, string> { ["k"] = "v\n\"ü" }), "copy");
        Assert.Equal(original.Tensors.Keys.Order(), copy.Tensors.Keys.Order());
        Assert.Equal("v\n\"ü", copy.Metadata["k"]);
        foreach (var (name, tensor) in original.Tensors)
        {
            Assert.Equal(tensor.Type, copy.Tensors[name].Type);
            Assert.Equal(tensor.Shape, copy.Tensors[name].Shape);
            Assert.True(original.Bytes(name).SequenceEqual(copy.Bytes(name)), name);
        }
    }

    [Fact]
    public void The_same_tensors_give_the_same_bytes_in_any_order()
    {
        using var original = Fixtures.OpenSafetensors("vit-tiny/expected.safetensors");
        var tensors = original.Tensors.Values.Select(tensor => Copy(original, tensor)).ToArray();
        var bytes = Written(tensors);
        Array.Reverse(tensors);
        Assert.Equal(bytes, Written(tensors));
    }

    [Fact]
    public void Every_tensor_is_aligned_to_its_type()
    {
        NamedTensor[] tensors =
        [
            new("byte", TensorType.U8, [3], new byte[3]),
            new("half", TensorType.F16, [1], new byte[2]),
            new("long", TensorType.I64, [1], new byte[8]),
            new("a float", TensorType.F32, [1], new byte[4]),
        ];
        using var file = SafetensorsFile.Parse(Written(tensors), "aligned");
        Assert.All(file.Tensors.Values, tensor => Assert.Equal(0, tensor.Offset % tensor.Type.Size()));
        Assert.Equal(["long", "a float", "half", "byte"],
            file.Tensors.Values.OrderBy(tensor => tensor.Offset).Select(tensor => tensor.Name));
    }

    [Fact]
    public void The_reference_s_file_is_written_byte_for_byte()
    {
        var expected = Fixtures.Bytes("vit-tiny/open_clip/open_clip_model.safetensors");
        using var original = SafetensorsFile.Parse(expected, "original");
        Assert.Equal(expected, Written(original.Tensors.Values.Select(tensor => Copy(original, tensor)), original.Metadata));
    }

    [Fact]
    public void One_tensor_at_a_time_is_asked_for_its_bytes()
    {
        using var file = new MemoryStream();
        var positions = new List<long>();
        NamedTensor Lazy(string name) => new(name, TensorType.U8, [1000], () =>
        {
            positions.Add(file.Position);
            return new byte[1000];
        });
        SafetensorsWriter.Write(file, [Lazy("a"), Lazy("b"), Lazy("c")]);
        Assert.Equal([0L, 1000, 2000], positions.Select(position => position - positions[0]));
    }

    [Fact]
    public void Equal_odd_and_misshapen_tensors_are_a_caller_s_mistake()
    {
        NamedTensor Of(string name, int bytes = 1) => new(name, TensorType.U8, [1], new byte[bytes]);
        Assert.Throws<ArgumentException>(() => Written([Of("a"), Of("a")]));
        Assert.Throws<ArgumentException>(() => Written([Of("__metadata__")]));
        Assert.Throws<ArgumentException>(() => Written([Of("a\tb")]));
        Assert.Throws<ArgumentException>(() => Written([Of("a", 2)]));
    }

    private static NamedTensor Copy(SafetensorsFile file, TensorInfo tensor) =>
        new(tensor.Name, tensor.Type, tensor.Shape, file.Bytes(tensor.Name).ToArray());

    private static byte[] Written(IEnumerable<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var file = new MemoryStream();
        SafetensorsWriter.Write(file, tensors, metadata);
        return file.ToArray();
    }
}
