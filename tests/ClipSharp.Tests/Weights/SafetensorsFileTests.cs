using ClipSharp.Weights;

namespace ClipSharp.Tests.Weights;

public sealed class SafetensorsFileTests
{
    [Fact]
    public void Half_single_and_bfloat_files_hold_the_same_numbers()
    {
        using var single = Fixtures.OpenSafetensors("vit-tiny/open_clip/open_clip_model.safetensors");
        using var half = Fixtures.OpenSafetensors("vit-tiny/open_clip_fp16.safetensors");
        using var bfloat = Fixtures.OpenSafetensors("vit-tiny/open_clip_bf16.safetensors");
        Assert.Equal(TensorType.F32, single.Tensors["visual.proj"].Type);
        Assert.Equal(TensorType.F16, half.Tensors["visual.proj"].Type);
        Assert.Equal(TensorType.BF16, bfloat.Tensors["visual.proj"].Type);
        Assert.Equal([64L, 32L], single.Tensors["visual.proj"].Shape);
        foreach (var name in single.Tensors.Keys.Where(name => name != "logit_scale"))
        {
            var expected = single.ReadFloats(name);
            Assert.Equal(expected, half.ReadFloats(name));
            Assert.Equal(expected, bfloat.ReadFloats(name));
        }
    }

    [Fact]
    public void Bytes_are_as_many_as_the_shape_says()
    {
        using var file = Fixtures.OpenSafetensors("vit-tiny/expected.safetensors");
        Assert.Equal(6 * 16 * sizeof(long), file.Bytes("tokens").Length);
    }

    [Fact]
    public void A_gzipped_fixture_is_read()
    {
        using var file = Fixtures.OpenSafetensors("pixels/expected_64.safetensors.gz");
        Assert.All(file.Tensors.Values, tensor => Assert.Equal([64L, 64L, 3L], tensor.Shape));
    }

    [Fact]
    public void A_closed_file_gives_nothing()
    {
        var file = Fixtures.OpenSafetensors("vit-tiny/expected.safetensors");
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.ReadFloats("pixels"));
    }
}
