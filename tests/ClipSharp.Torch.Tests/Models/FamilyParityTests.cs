using ClipSharp.Models.Layouts;
using ClipSharp.Text;
using ClipSharp.Torch.Tests.Towers;
using ClipSharp.Torch.Towers;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Models;

/// <summary>Stages, features, logits, loss and gradients of further families, from every container.</summary>
public sealed class FamilyParityTests
{
    private const double Step = 1e-2;

    public static TheoryData<string> Places => [.. ReferenceFamilies.Places];

    public static TheoryData<string> Options => [.. ReferenceFamilies.Options];

    public static TheoryData<string, string> Variants => new(ReferenceFamilies.Variants.Select(v => (v.Place, v.Variant)));

    [Theory]
    [MemberData(nameof(Places))]
    public void Stages_features_logits_and_gradients_equal_the_reference(string place)
    {
        using var scope = NewDisposeScope();
        using var inputs = new Reference(ReferenceFamilies.Inputs(place));
        using var want = new Reference(ReferenceFamilies.Expected(place));
        using var model = ClipModel.Load(ReferenceFamilies.Open(place));
        model.Train(false);
        AssertImageStages(want, model, inputs["pixels"]);
        var (ids, places) = Texts(inputs, model);
        if (inputs.Has("text/pool_index"))
        {
            Assert.Equal(inputs["text/pool_index"].data<long>().ToArray(), places.data<long>().ToArray());
        }

        AssertTextStages(want, model, ids, inputs["tokens"].shape[1]);

        var images = model.Image.call(inputs["pixels"]);
        var texts = model.Text.call(ids, places);
        want.AssertClose("vision/projected", images);
        want.AssertClose("text/projected", texts);
        var logits = Logits(model, images, texts);
        want.AssertClose("logits_per_image", logits);
        AssertScores(model, images, texts, logits);
        var loss = Loss(model, logits);
        want.AssertClose("loss", loss);
        loss.backward();
        AssertGradients(want, model);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void With_one_thing_changed_all_follows(string place, string variant)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var inputs = new Reference($"{place}/expected.safetensors");
        using var want = new Reference($"{place}/variants.safetensors");
        var files = ReferenceFamilies.Open($"{place}/open_clip");
        var config = ReferenceFamilies.Variants.Single(v => v.Place == place && v.Variant == variant).Change(files.Config)
            .Validated(variant);
        using var model = ClipModel.Create(config, files.Preprocess);
        model.Train(false);
        using var weights = files.OpenWeights();
        var names = model.NamedWeights().Select(weight => weight.Name).ToHashSet();
        StateDict.Copy(weights.Tensors.Where(tensor => names.Contains(tensor.Key)).ToDictionary(), model.NamedWeights(), place);

        var (ids, places) = Texts(inputs, model);
        var images = model.Image.call(inputs["pixels"]);
        var texts = model.Text.call(ids, places);
        want.AssertClose($"{variant}/vision/projected", images);
        want.AssertClose($"{variant}/text/projected", texts);
        var logits = Logits(model, images, texts);
        want.AssertClose($"{variant}/logits_per_image", logits);
        want.AssertClose($"{variant}/loss", Loss(model, logits));
    }

    // The reference has no gradients of single options: those here are compared with what a small step along a drawn direction
    // changes, parameter by parameter.
    [Theory]
    [MemberData(nameof(Options))]
    public void Gradients_are_the_slopes_of_the_loss(string place)
    {
        using var scope = NewDisposeScope();
        using var inputs = new Reference(ReferenceFamilies.Inputs(place));
        using var model = ClipModel.Load(ReferenceFamilies.Open(place));
        model.Train(false);
        var (ids, places) = Texts(inputs, model);
        Of().backward();
        using var none = no_grad();
        foreach (var (name, parameter) in model.NamedParameters().Where(p => p.Parameter.requires_grad))
        {
            using var inner = NewDisposeScope();
            var (start, gradient) = (parameter.clone(), parameter.grad!);
            var direction = randn_like(parameter);
            direction /= direction.norm();
            var (ahead, behind) = (LossAt(Step), LossAt(-Step));
            parameter.copy_(start);
            var (slope, expected) = ((ahead - behind) / (2 * Step), (gradient * direction).sum().item<float>());
            Assert.True(Math.Abs(slope - expected) <= (0.02 * gradient.norm().item<float>()) + 1e-4,
                FormattableString.Invariant($"{name}: slope {slope:E3}, gradient {expected:E3}"));

            double LossAt(double step)
            {
                parameter.copy_(start + (step * direction));
                return Of().item<float>();
            }
        }

        Tensor Of() => Loss(model, Logits(model, model.Image.call(inputs["pixels"]), model.Text.call(ids, places)));
    }

    private static void AssertImageStages(Reference want, ClipModel model, Tensor pixels)
    {
        using var none = no_grad();
        var tower = (VisionTransformer)model.Image;
        var patches = tower.EmbedPatches(pixels);
        want.AssertCloseIfThere("vision/patch_embedding", patches);
        var state = tower.AddPositions(patches);
        want.AssertCloseIfThere("vision/embedded", state);
        if (tower.NormBefore is { } before)
        {
            state = before.forward(state);
            want.AssertCloseIfThere("vision/ln_pre", state);
        }

        Blocks.AssertClose(want, "vision", tower.Transformer, state);
        state = tower.Transformer.forward(state);
        want.AssertCloseIfThere("vision/ln_post", tower.NormAfter.forward(state));
        want.AssertCloseIfThere("vision/pooled", tower.Pool(state));
        if (tower.AttentionPooling is { } pooling && want.Has("vision/map/attended"))
        {
            want.AssertClose("vision/map/attended", pooling.Attend(tower.NormAfter.forward(state)).unsqueeze(1));
        }
    }

    private static void AssertTextStages(Reference want, ClipModel model, Tensor ids, long length)
    {
        using var none = no_grad();
        var tower = (TextTransformer)model.Text;
        var state = tower.Embed(ids);
        if (ids.shape[1] == length)
        {
            want.AssertCloseIfThere("text/embedded", state);
            Blocks.AssertClose(want, "text", tower.Transformer, state, tower.Seen(ids));
        }
    }

    private static (Tensor Ids, Tensor Places) Texts(Reference inputs, ClipModel model)
    {
        var ids = inputs["tokens"];
        var (count, length) = ((int)ids.shape[0], (int)ids.shape[1]);
        return model.ToTensors(new TokenBatch([.. ids.data<long>().Select(id => (int)id)], length,
            [.. Enumerable.Repeat(length - 1, count)]));
    }

    private static Tensor Logits(ClipModel model, Tensor images, Tensor texts)
    {
        var logits = model.LogitScale.exp() * ClipModel.Unit(images).mm(ClipModel.Unit(texts).t());
        return model.LogitBias is { } bias ? logits + bias : logits;
    }

    // What the engine says of cosines is what the logits are.
    private static void AssertScores(ClipModel model, Tensor images, Tensor texts, Tensor logits)
    {
        using var encoder = new TorchEncoder(model, Precision.Parse("fp32"));
        var cosine = ClipModel.Unit(images)[0].dot(ClipModel.Unit(texts)[1]).item<float>();
        Assert.Equal(model.LogitBias is not null, encoder.Logits.IsSigmoid);
        Assert.Equal(logits[0, 1].item<float>(), encoder.Logits.Of(cosine), 1e-4);
    }

    // SigLIP's is over rows, not over pairs (SigLipLoss in open_clip's loss.py).
    private static Tensor Loss(ClipModel model, Tensor logits)
    {
        var rows = logits.shape[0];
        if (model.LogitBias is not null)
        {
            var signs = (2 * eye(rows)) - ones([rows, rows]);
            return nn.functional.softplus(-(signs * logits)).sum() / rows;
        }

        var classes = arange(rows);
        return (nn.functional.cross_entropy(logits, classes) + nn.functional.cross_entropy(logits.t(), classes)) / 2;
    }

    // The reference's gradients have open_clip's names.
    private static void AssertGradients(Reference want, ClipModel model)
    {
        var table = OpenClipKeys.Of(model.Config);
        var names = new List<string>();
        foreach (var (name, parameter) in model.NamedParameters())
        {
            var whole = StateDict.Named(name, parameter.grad ?? zeros_like(parameter));
            foreach (var part in table.Cut(whole))
            {
                names.Add("grad/" + part.Name);
                if (want.Has("grad/" + part.Name))
                {
                    want.AssertClose("grad/" + part.Name, tensor(part.ReadFloats(), part.Shape),
                        share: 5e-5, absolute: part.Name.EndsWith("bias", StringComparison.Ordinal) ? 1e-7 : 0);
                }
            }
        }

        Assert.Empty(want.Names.Where(name => name.StartsWith("grad/", StringComparison.Ordinal)).Except(names));
    }
}
