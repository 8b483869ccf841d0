using ClipSharp.Text;
using ClipSharp.Torch.Towers;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Towers;

public sealed class TextTransformerTests
{
    [Theory]
    [InlineData("vit-tiny")]
    [InlineData("rn-tiny")]
    public void Every_stage_equals_the_reference(string fixture)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var want = new Reference($"{fixture}/expected.safetensors");
        using var model = Reference.Model(fixture);
        var tower = (TextTransformer)model.Text;

        want.AssertClose("text/token_embedding", tower.Tokens.forward(want["tokens"]));
        var state = tower.Embed(want["tokens"]);
        want.AssertClose("text/embedded", state);
        Blocks.AssertClose(want, "text", tower.Transformer, state);
        want.AssertClose("text/ln_final", tower.NormAfter.forward(tower.Transformer.forward(state)));
        var projected = tower.forward(want["tokens"], want["text/eos_index"]);
        want.AssertClose("text/projected", projected);
        want.AssertClose("text/normalised", ClipModel.Unit(projected));
    }

    [Fact]
    public void What_stands_behind_the_end_token_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Reference.Model("vit-tiny");
        var ids = tensor(new long[] { 510, 5, 9, 511, 0, 0, 0, 0 }, 1, 8);
        var other = tensor(new long[] { 510, 5, 9, 511, 17, 3, 511, 1 }, 1, 8);
        var end = tensor(new long[] { 3 });

        Assert.True(model.EncodeTexts(ids, end).allclose(model.EncodeTexts(other, end)));
        Assert.False(model.EncodeTexts(ids, end).allclose(model.EncodeTexts(other, tensor(new long[] { 4 }))));
    }

    // What stands behind a padding token is hidden, and the first padding token is not.
    [Theory]
    [InlineData(5, 9, 17, true)]
    [InlineData(5, 9, 0, false)]
    [InlineData(4, 0, 17, false)]
    public void A_class_token_s_mask_hides_one_place_too_late(int place, int before, int after, bool isHidden)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = ClipModel.Load(ReferenceFamilies.Open("options/embed-cls"));
        long[] ids = [62, 5, 6, 63, 0, 9, 0, 0, 0, 0, 0, 0];
        ids[place] = before;
        var one = Encode(model, ids);
        ids[place] = after;

        Assert.Equal(isHidden, one.allclose(Encode(model, ids)));
    }

    private static Tensor Encode(ClipModel model, long[] ids)
    {
        var (batch, places) = model.ToTensors(new TokenBatch([.. ids.Select(id => (int)id)], ids.Length, [3]));
        return model.EncodeTexts(batch, places);
    }
}
