using ClipSharp.Weights;

namespace ClipSharp.Tests.Weights.PyTorch;

/// <summary>What PyTorch wrote, against the same tensors in safetensors.</summary>
public sealed class TorchFixtureTests
{
    // What OpenAI's archives hold beside the weights.
    private static readonly string[] Settings = ["input_resolution", "context_length", "vocab_size"];

    [Theory]
    [InlineData("vit-tiny", "openai_jit.pt", "TorchScript archive", "")]
    [InlineData("vit-tiny", "openai_jit_float32.pt", "TorchScript archive", "")]
    [InlineData("vit-tiny", "state_dict.pt", "PyTorch zip", "")]
    [InlineData("vit-tiny", "open_clip_checkpoint.pt", "PyTorch zip", "module.")] // the layouts take it off
    [InlineData("rn-tiny", "openai_jit.pt", "TorchScript archive", "")]
    [InlineData("rn-tiny", "state_dict.pt", "PyTorch zip", "")]
    public void Every_container_holds_the_same_state(string model, string name, string container, string wrapper)
    {
        using var expected = Fixtures.OpenSafetensors($"{model}/open_clip/open_clip_model.safetensors");
        using var file = WeightsFile.Open(SharedFiles.Fixture($"{model}/{name}"));
        Assert.Equal(container, file.Container);
        Assert.Equal(expected.Tensors.Keys.Select(key => wrapper + key).Order(), file.Tensors.Keys.Except(Settings).Order());
        foreach (var tensor in expected.Tensors.Values)
        {
            var found = file.Tensors[wrapper + tensor.Name];
            Assert.Equal(tensor.Shape, found.Shape);
            if (tensor.Type == TensorType.I64)
            {
                Assert.Equal(expected.Bytes(tensor.Name), found.Bytes().Span);
            }
            else
            {
                Assert.Equal(expected.ReadFloats(tensor.Name), found.ReadFloats());
            }
        }
    }

    [Fact]
    public void Half_precision_is_kept_where_the_archive_has_it()
    {
        using var file = WeightsFile.Open(SharedFiles.Fixture("vit-tiny/openai_jit.pt"));
        Assert.Equal(TensorType.F16, file.Tensors["visual.conv1.weight"].Type);
        Assert.Equal(TensorType.F32, file.Tensors["visual.ln_pre.weight"].Type);
    }

    [Fact]
    public void An_archive_s_settings_and_a_checkpoint_s_words_are_metadata()
    {
        using var archive = WeightsFile.Open(SharedFiles.Fixture("vit-tiny/openai_jit.pt"));
        Assert.Equal(["32", "16", "512"], Settings.Select(name => archive.Metadata[name]));
        using var checkpoint = WeightsFile.Open(SharedFiles.Fixture("vit-tiny/open_clip_checkpoint.pt"));
        Assert.Equal("3", checkpoint.Metadata["epoch"]);
        Assert.Equal("vit-tiny", checkpoint.Metadata["name"]);
    }

    [Theory]
    [InlineData("odd.pt", "PyTorch zip", "tensors.")]
    [InlineData("legacy.pt", "PyTorch legacy", "")]
    public void Views_of_every_kind_become_dense(string name, string container, string prefix)
    {
        using var expected = Fixtures.OpenSafetensors("pickle/odd.safetensors");
        using var file = WeightsFile.Open(SharedFiles.Fixture($"pickle/{name}"));
        Assert.Equal(container, file.Container);
        Assert.Equal(expected.Tensors.Keys.Order(),
            file.Tensors.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(key => key[prefix.Length..]).Where(key => key is not "tuple.1.1").Order());
        foreach (var tensor in expected.Tensors.Values)
        {
            var found = file.Tensors[prefix + tensor.Name];
            Assert.Equal((tensor.Type, tensor.Name), (found.Type, tensor.Name));
            Assert.Equal(tensor.Shape, found.Shape);
            Assert.Equal(expected.Bytes(tensor.Name), found.Bytes().Span);
            var copy = new byte[found.ByteLength];
            found.CopyTo(copy);
            Assert.Equal(expected.Bytes(tensor.Name), copy);
        }
    }

    [Fact]
    public void A_pickle_that_calls_print_is_refused_by_name_and_place()
    {
        var refusal = Assert.Throws<ClipException>(() => WeightsFile.Open(SharedFiles.Fixture("pickle/refuse.pt")));
        Assert.Contains("__builtin__.print", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("refuse.pt, refuse/data.pkl, byte 194", refusal.Where, StringComparison.Ordinal);
    }
}
