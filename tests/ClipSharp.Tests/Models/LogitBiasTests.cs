using ClipSharp.Models;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Models;

/// <summary>The bias of a model that SigLIP's loss trained, through every layout: kept bit by bit, or refused by name.</summary>
public sealed class LogitBiasTests : IDisposable
{
    private static readonly ModelConfig Config = TinyModel.Config with
    {
        QuickGelu = true,
        InitLogitBias = -10,
        Vision = TinyModel.Config.Vision with { Width = 64, HeadWidth = 64 },
        Text = TinyModel.Config.Text with { Width = 64, Heads = 1 },
    };

    private readonly TemporaryFolder _folder = new();

    private readonly ModelFiles _model;

    public LogitBiasTests() => _model = TinyModel.Write(_folder["model"], config: Config);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(ModelConversionTests.Pairs), MemberType = typeof(ModelConversionTests))]
    public void It_stays_through_two_conversions_or_the_layout_that_cannot_say_it_refuses(string first, string second)
    {
        var (source, place) = (_model, _folder["model"]);
        foreach (var (layout, target) in new[] { (first, _folder["one"]), (second, _folder["two"]) })
        {
            if (layout != "open_clip")
            {
                var refusal = Assert.Throws<ClipException>(() => ModelConversion.Write(source, target, layout));
                Assert.Contains("has no logit bias", refusal.Message, StringComparison.Ordinal);
                Assert.False(Path.Exists(target));
                continue;
            }

            ModelConversion.Write(source, target, layout);
            (source, place) = (ModelFiles.Open(target), target);
        }

        Assert.Equal((-10.0, Bias(_model)), (source.Config.InitLogitBias, Bias(ModelFiles.Open(place))));
    }

    [Fact]
    public void A_bare_state_dict_shows_it()
    {
        File.Copy(_folder["model/open_clip_model.safetensors"], _folder["bare.safetensors"]);

        var bare = ModelInspection.Of(_folder["bare.safetensors"]);

        Assert.Equal(-10, bare.Config!.InitLogitBias);
        Assert.Empty(bare.Missing.Concat(bare.Unexpected).Concat(bare.Misshapen));
    }

    [Fact]
    public void With_a_text_tower_of_its_own_it_is_the_models_not_the_towers()
    {
        using (var weights = _model.OpenWeights())
        using (var stream = File.Create(_folder["custom.safetensors"]))
        {
            SafetensorsWriter.Write(stream, [.. weights.Tensors.Values.Select(tensor => new NamedTensor(
                tensor.Name.StartsWith("visual.", StringComparison.Ordinal)
                || tensor.Name.StartsWith("logit_", StringComparison.Ordinal)
                    ? tensor.Name : "text." + tensor.Name, tensor.Type, tensor.Shape, tensor.Bytes().ToArray()))]);
        }

        Assert.Equal(Bias(_model), Bias(ModelFiles.Open(_folder["custom.safetensors"], new ModelOverrides { Config = Config })));
    }

    [Fact]
    public void Weights_of_a_naming_that_lacks_it_do_not_fit_a_configuration_that_has_it()
    {
        var without = TinyModel.Write(_folder["without"], config: Config with { InitLogitBias = null });
        ModelConversion.Write(without, _folder["hf"], "huggingface");

        var refusal = Assert.Throws<ClipException>(() =>
        {
            using var weights = ModelFiles.Open(_folder["hf"], new ModelOverrides { Config = Config }).OpenWeights();
        });

        Assert.Contains("1 missing: logit_bias", refusal.Message, StringComparison.Ordinal);
    }

    private static float Bias(ModelFiles model)
    {
        using var weights = model.OpenWeights();
        return BitConverter.ToSingle(weights.Tensors["logit_bias"].Bytes().Span);
    }
}
