using ClipSharp.Torch;
using ClipSharp.Torch.Tests.Towers;
using ClipSharp.Training.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Losses;

public sealed class ContrastiveLossTests
{
    [Theory]
    [InlineData("vit-tiny", "expected", false)]
    [InlineData("rn-tiny", "expected", false)]
    [InlineData("rn-tiny", "expected_train", true)]
    public void Logits_loss_and_every_gradient_equal_the_reference(string fixture, string values, bool training)
    {
        using var scope = NewDisposeScope();
        using var inputs = new Reference($"{fixture}/expected.safetensors");
        using var want = new Reference($"{fixture}/{values}.safetensors");
        using var model = Reference.Model(fixture);
        model.Train(training);

        var images = ClipModel.Unit(model.Image.call(inputs["pixels"]));
        var texts = model.EncodeTexts(inputs["tokens"], inputs["text/eos_index"]);
        if (want.Names.Contains("logits_per_image"))
        {
            want.AssertClose("logits_per_image", images.mm(texts.t()) * model.LogitScale.exp());
        }

        var loss = ContrastiveLoss.Symmetric(images, texts, model.LogitScale);
        want.AssertClose("loss", loss);
        loss.backward();
        var compared = 0;
        foreach (var (name, parameter) in model.NamedParameters().Where(p => want.Names.Contains($"grad/{p.Name}")))
        {
            // The key bias of the attention pool has no gradient in theory: softmax ignores a constant.
            want.AssertClose($"grad/{name}", parameter.grad!, share: training ? 5e-4 : 5e-5, absolute: name.EndsWith("k_proj.bias", StringComparison.Ordinal) ? 1e-6 : 0);
            compared++;
        }

        Assert.Equal(want.Names.Count(n => n.StartsWith("grad/", StringComparison.Ordinal)), compared);
        foreach (var (name, buffer) in model.NamedBuffers().Where(b => want.Names.Contains($"after/{b.Name}")))
        {
            want.AssertClose($"after/{name}", buffer);
        }
    }

    [Fact]
    public void Unrelated_unit_vectors_cost_the_logarithm_of_their_number()
    {
        using var scope = NewDisposeScope();
        var same = ones(8, 4) / 2;

        Assert.Equal(Math.Log(8), ContrastiveLoss.Symmetric(same, same, tensor(2f)).ToDouble(), 5);
    }
}
