using ClipSharp.Training.Losses;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Tests.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Losses;

[Trait("Category", "Numeric")]
public sealed class SigmoidLossTests
{
    [Theory]
    [InlineData(1 << 22)]
    [InlineData(14)]
    public void Gradients_by_hand_are_those_of_the_plain_formula_whatever_the_chunk(long chunk)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var images = Unit(randn(7, 5));
        var texts = Unit(randn(7, 5));
        var (scale, bias) = (tensor(1.5f).requires_grad_(), tensor(-2f).requires_grad_());

        var plain = Plain(images, texts, scale, bias, (eye(7) * 2) - 1);
        plain.backward();
        var got = new SigmoidLoss(new SingleProcess(), chunk)
            .Gradients(images.detach(), texts.detach(), scale.detach(), bias.detach());

        Near(plain, got.Loss);
        Near(images.grad!, got.Images);
        Near(texts.grad!, got.Texts);
        Near(scale.grad!, got.LogitScale);
        Near(bias.grad!, got.LogitBias!);
    }

    [Fact]
    public void Rows_of_a_group_are_all_yes()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (images, texts) = (Unit(randn(3, 5)), Unit(randn(3, 5)));
        var signs = tensor(new float[] { 1, -1, 1, -1, 1, -1, 1, -1, 1 }, [3, 3]);

        var plain = Plain(images, texts, tensor(1.5f), tensor(-2f), signs);
        var got = new SigmoidLoss(new SingleProcess()).Gradients(
            images.detach(), texts.detach(), tensor(1.5f), tensor(-2f), tensor(new long[] { 4, 9, 4 }));

        Near(plain, got.Loss);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public void Processes_together_say_what_one_says(int count, bool isGrouped)
    {
        using var scope = NewDisposeScope();
        var (images, texts, scale, bias) = (Unit(randn(6, 5)).detach(), Unit(randn(6, 5)).detach(), tensor(1.5f), tensor(-2f));
        var groups = isGrouped ? tensor(new long[] { 7, 3, 7, 5, 3, 7 }) : null; // across all
        var whole = new SigmoidLoss(new SingleProcess()).Gradients(images, texts, scale, bias, groups);

        var parts = ThreadRanks.Run(count, rank => new SigmoidLoss(rank).Gradients(Mine(images, rank), Mine(texts, rank),
            scale, bias, groups is null ? null : Mine(groups, rank)));

        Near(whole.Images, cat([.. parts.Select(part => part.Images)]));
        Near(whole.Texts, cat([.. parts.Select(part => part.Texts)]));
        Assert.All(parts, part => Near(whole.Loss, part.Loss));
        Near(whole.LogitScale, stack([.. parts.Select(part => part.LogitScale)]).sum());
        Near(whole.LogitBias!, stack([.. parts.Select(part => part.LogitBias!)]).sum());

        Tensor Mine(Tensor all, ICollective rank) => all.narrow(0, rank.Rank * 6 / count, 6 / count);
    }

    private static Tensor Plain(Tensor images, Tensor texts, Tensor scale, Tensor bias, Tensor signs) =>
        -nn.functional.logsigmoid(signs * ((images.mm(texts.t()) * scale.exp()) + bias)).sum([0, 1]) / images.shape[0];

    private static Tensor Unit(Tensor rows) => (rows / rows.norm(1, keepdim: true, p: 2)).detach().requires_grad_();

    private static void Near(Tensor want, Tensor got)
    {
        var difference = (want.detach() - got).abs().max().ToDouble();
        Assert.True(difference <= 1e-6, FormattableString.Invariant($"largest difference {difference:E2}"));
    }
}
