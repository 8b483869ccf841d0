using ClipSharp.Models;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Models.Layouts;

/// <summary>One model in every container and layout: the same configuration, the same numbers.</summary>
public sealed class ContainersTests
{
    /// <summary>Folders and files that hold vit-tiny or rn-tiny, and whether they need to be told the activation.</summary>
    public static TheoryData<string, bool> Places => new()
    {
        { "vit-tiny/open_clip", false },
        { "vit-tiny/huggingface", false },
        { "vit-tiny/huggingface_sharded", false },
        { "vit-tiny/open_clip_fp16.safetensors", true },
        { "vit-tiny/open_clip_bf16.safetensors", true },
        { "vit-tiny/openai_jit.pt", false },
        { "vit-tiny/openai_jit_float32.pt", false },
        { "vit-tiny/state_dict.pt", true },
        { "vit-tiny/open_clip_checkpoint.pt", true },
        { "rn-tiny/open_clip", false },
        { "rn-tiny/openai_jit.pt", false },
        { "rn-tiny/state_dict.pt", true },
        { "rn-tiny/open_clip_fp16.safetensors", true },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void Configuration_and_every_number_are_those_of_the_reference_s_folder(string place, bool mustBeTold)
    {
        var path = SharedFiles.Fixture(place);
        if (mustBeTold)
        {
            var refusal = Assert.Throws<ClipException>(() => ModelFiles.Open(path));
            Assert.Equal(ClipError.Config, refusal.Kind);
            Assert.Contains("--quick-gelu", refusal.Message, StringComparison.Ordinal);
        }

        var model = ModelFiles.Open(path, mustBeTold ? new ModelOverrides { QuickGelu = true } : null);
        var reference = ModelFiles.Open(SharedFiles.Fixture($"{place.Split('/')[0]}/open_clip"));
        Assert.Equal(reference.Config.ToJson(), model.Config.ToJson());
        Assert.Equal(reference.Preprocess.Mean, model.Preprocess.Mean);
        using var expected = reference.OpenWeights();
        using var weights = model.OpenWeights();
        Assert.Equal(expected.Tensors.Keys, weights.Tensors.Keys);
        foreach (var (name, tensor) in expected.Tensors)
        {
            Assert.Equal(tensor.Shape, weights.Tensors[name].Shape);
            if (tensor.Type == TensorType.I64)
            {
                Assert.Equal(tensor.Bytes().ToArray(), weights.Tensors[name].Bytes().ToArray());
            }
            else if (name == "logit_scale")
            {
                Assert.Equal(tensor.ReadFloats()[0], weights.Tensors[name].ReadFloats()[0], 0.01f); // rounded in the half files
            }
            else
            {
                Assert.Equal(tensor.ReadFloats(), weights.Tensors[name].ReadFloats());
                var copied = new byte[weights.Tensors[name].ByteLength];
                weights.Tensors[name].CopyTo(copied);
                Assert.True(weights.Tensors[name].Bytes().Span.SequenceEqual(copied), name);
            }
        }
    }

}
