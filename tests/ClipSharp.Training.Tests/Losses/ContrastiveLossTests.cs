using ClipSharp.Torch;
using ClipSharp.Torch.Tests.Towers;
using ClipSharp.Training.Losses;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Tests.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Losses;

[Trait("Category", "Numeric")]
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
        var (loss, byImages, byTexts, byLogitScale, _) = Alone()
            .Gradients(images.detach(), texts.detach(), model.LogitScale, null);
        if (want.Names.Contains("logits_per_image"))
        {
            want.AssertClose("logits_per_image", images.mm(texts.t()) * model.LogitScale.exp());
        }

        want.AssertClose("loss", loss);
        autograd.backward([images, texts, model.LogitScale], [byImages, byTexts, byLogitScale]);
        var compared = 0;
        foreach (var (name, parameter) in model.NamedParameters().Where(p => want.Names.Contains($"grad/{p.Name}")))
        {
            // The key bias of the attention pool has no gradient in theory: softmax ignores a constant.
            want.AssertClose($"grad/{name}", parameter.grad!, share: training ? 5e-4 : 5e-5,
                absolute: name.EndsWith("k_proj.bias", StringComparison.Ordinal) ? 1e-6 : 0);
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

        Assert.Equal(Math.Log(8), Alone().Gradients(same, same, tensor(2f), null).Loss.ToDouble(), 5);
    }

    [Theory]
    [InlineData(0, 1 << 22)]
    [InlineData(0.1, 1 << 22)]
    [InlineData(0, 12)]
    [InlineData(0.1, 60)]
    public void Gradients_by_hand_are_those_of_cross_entropy_whatever_the_chunk(double smoothing, long chunk)
    {
        using var scope = NewDisposeScope();
        var (images, texts, scale) = (Rows(12, 1), Rows(12, 2), tensor(1.5f).requires_grad_());

        var logits = images.mm(texts.t()) * scale.exp();
        var labels = arange(12, dtype: ScalarType.Int64);
        var plain = (nn.functional.cross_entropy(logits, labels, label_smoothing: smoothing)
            + nn.functional.cross_entropy(logits.t(), labels, label_smoothing: smoothing)) / 2;
        plain.backward();
        var got = new ContrastiveLoss(new SingleProcess(), smoothing, chunk)
            .Gradients(images.detach(), texts.detach(), scale.detach(), null);

        Near(plain, got.Loss);
        Near(images.grad!, got.Images);
        Near(texts.grad!, got.Texts);
        Near(scale.grad!, got.LogitScale);
    }

    [Fact]
    public void Rows_of_a_group_share_the_target_in_equal_parts()
    {
        using var scope = NewDisposeScope();
        var (images, texts, scale) = (Rows(4, 1), Rows(4, 2), tensor(1.5f).requires_grad_());
        var target = tensor(new float[] { 0.5f, 0, 0.5f, 0, 0, 1, 0, 0, 0.5f, 0, 0.5f, 0, 0, 0, 0, 1 }, [4, 4]);

        var logits = images.mm(texts.t()) * scale.exp();
        var plain = -((logits.log_softmax(1) * target).sum([0, 1]) + (logits.t().log_softmax(1) * target).sum([0, 1])) / 8;
        plain.backward();
        var got = Alone().Gradients(images.detach(), texts.detach(), scale.detach(), null, tensor(new long[] { 7, 3, 7, 5 }));

        Near(plain, got.Loss);
        Near(images.grad!, got.Images);
        Near(texts.grad!, got.Texts);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.1, false)]
    [InlineData(0, true)]
    public void Two_processes_together_say_what_one_says(double smoothing, bool isGrouped)
    {
        using var scope = NewDisposeScope();
        var (images, texts, scale) = (Rows(6, 1).detach(), Rows(6, 2).detach(), tensor(1.5f));
        var groups = isGrouped ? tensor(new long[] { 7, 3, 7, 5, 3, 7 }) : null; // across both
        var whole = new ContrastiveLoss(new SingleProcess(), smoothing).Gradients(images, texts, scale, null, groups);

        var parts = ThreadRanks.Run(2, rank => new ContrastiveLoss(rank, smoothing).Gradients(
            images.narrow(0, rank.Rank * 3, 3), texts.narrow(0, rank.Rank * 3, 3), scale, null,
            groups?.narrow(0, rank.Rank * 3, 3)));

        Near(whole.Images, cat([parts[0].Images, parts[1].Images]));
        Near(whole.Texts, cat([parts[0].Texts, parts[1].Texts]));
        Assert.All(parts, part => Near(whole.Loss, part.Loss)); // both have the whole batch's
        Near(whole.LogitScale, parts[0].LogitScale + parts[1].LogitScale);
    }

    private static ContrastiveLoss Alone() => new(new SingleProcess());

    private static Tensor Rows(int count, long seed)
    {
        using var scope = NewDisposeScope();
        manual_seed(seed);
        var rows = randn(count, 5);
        return (rows / rows.norm(1, keepdim: true, p: 2)).requires_grad_().MoveToOuterDisposeScope();
    }

    private static void Near(Tensor want, Tensor got)
    {
        var difference = (want.detach() - got).abs().max().ToDouble();
        Assert.True(difference <= 1e-6, FormattableString.Invariant($"largest difference {difference:E2}"));
    }
}
