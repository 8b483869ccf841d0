using System.Runtime.InteropServices;
using ClipSharp.Torch.Native;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Native;

public sealed class MappedTensorTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public MappedTensorTests() => File.WriteAllBytes(_path, MemoryMarshal.AsBytes<float>([1, 2, 3, 4, 5, 6, 7, 8]));

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Numbers_of_a_file_are_a_tensor()
    {
        using var tensor = MappedTensor.Open(_path, 8, [2, 3], ScalarType.Float32);

        Assert.Equal([2, 3], tensor.shape);
        Assert.Equal([3f, 4, 5, 6, 7, 8], tensor.data<float>().ToArray());
    }

    [Fact]
    public void A_link_is_followed()
    {
        var link = _path + ".link";
        File.CreateSymbolicLink(link, Path.GetFileName(_path));
        try
        {
            using var tensor = MappedTensor.Open(link, 0, [8], ScalarType.Float32);
            Assert.Equal(8f, tensor[7].item<float>());
        }
        finally
        {
            File.Delete(link);
        }
    }

    [Fact]
    public void Numbers_at_an_odd_offset_are_copied()
    {
        File.WriteAllBytes(_path, [9, .. MemoryMarshal.AsBytes<float>([1.5f, 2.5f])]);

        using var tensor = MappedTensor.Open(_path, 1, [2], ScalarType.Float32);

        Assert.Equal([1.5f, 2.5f], tensor.data<float>().ToArray());
    }

    [Fact]
    public void Writing_into_the_tensor_leaves_the_file_alone()
    {
        using var tensor = MappedTensor.Open(_path, 0, [8], ScalarType.Float32);
        tensor.fill_(0);

        Assert.Equal([1f, 2, 3, 4, 5, 6, 7, 8], MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(_path)).ToArray());
    }

    [Fact]
    public void A_view_keeps_the_map_alive()
    {
        var tensor = MappedTensor.Open(_path, 0, [8], ScalarType.Float32);
        using var view = tensor.narrow(0, 6, 2);
        tensor.Dispose();

        Assert.Equal([7f, 8], view.data<float>().ToArray());
    }

    [Fact]
    public void A_tensor_beyond_the_end_of_the_file_is_refused()
    {
        var refusal = Assert.Throws<ClipException>(() => MappedTensor.Open(_path, 4, [8], ScalarType.Float32));

        Assert.Contains("found 32 bytes, expected 36 or more", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<OverflowException>(() => MappedTensor.Open(_path, 4, [long.MaxValue, 8], ScalarType.Float32));
        Assert.Equal(ClipError.NoInput,
            Assert.Throws<ClipException>(() => MappedTensor.Open(_path + ".absent", 0, [1], ScalarType.Float32)).Kind);
    }

    [Fact]
    public void Half_precision_numbers_and_empty_tensors_are_read()
    {
        using var halves = MappedTensor.Open(_path, 2, [1], ScalarType.BFloat16);
        using var none = MappedTensor.Open(_path, 32, [0, 5], ScalarType.Float32);

        Assert.Equal(1f, halves.to(ScalarType.Float32).item<float>());
        Assert.Equal([0, 5], none.shape);
    }
}
