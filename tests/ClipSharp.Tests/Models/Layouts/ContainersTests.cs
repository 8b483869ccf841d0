using ClipSharp.Models;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Models.Layouts;

/// <summary>One model in every container and layout: the same configuration, the same numbers.</summary>
public sealed class ContainersTests
{
    public static TheoryData<string> Places => [.. ReferenceModels.Places];

    [Theory]
    [MemberData(nameof(Places))]
    public void Configuration_and_every_number_are_those_of_the_reference_s_folder(string place)
    {
        if (ReferenceModels.MustBeTold(place))
        {
            var refusal = Assert.Throws<ClipException>(() => ModelFiles.Open(SharedFiles.Fixture(place)));
            Assert.Equal(ClipError.Config, refusal.Kind);
            Assert.Contains("--model-config", refusal.Message, StringComparison.Ordinal);
        }

        var model = ReferenceModels.Open(place);
        var reference = ReferenceModels.Open($"{place.Split('/')[0]}/open_clip");
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
            else if (name == "logit_scale" && ReferenceModels.HasRoundedScale(place))
            {
                Assert.Equal(tensor.ReadFloats()[0], weights.Tensors[name].ReadFloats()[0], 0.01f);
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
