using ClipSharp.Models;

namespace ClipSharp.Torch.Tests.Towers;

public sealed class InitializationTests
{
    // Wide enough that a spread is known within a few percent, small enough to be made at once.
    private static readonly ModelConfig Vit = new()
    {
        EmbedDim = 96,
        Vision = new VisionConfig { Layers = [2], Width = 128, ImageSize = 64, PatchSize = 8, HeadWidth = 64 },
        Text = new TextConfig { ContextLength = 24, VocabSize = 500, Width = 192, Heads = 3, Layers = 3 },
    };

    private static readonly ModelConfig ResNet =
        Vit with { Vision = new VisionConfig { Layers = [1, 2, 1, 1], Width = 16, ImageSize = 64 } };

    private static readonly ModelConfig ClassToken = Vit with { Text = Vit.Text with { EmbedCls = true } };

    public static TheoryData<string> Models => ["vit", "resnet", "class token behind the text"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_parameter_has_the_references_spread(string name)
    {
        using var model = ClipModel.Create(Model(name), seed: 3);
        foreach (var (parameterName, parameter) in model.NamedParameters())
        {
            var values = parameter.data<float>().ToArray();
            var mean = values.Average(v => (double)v);
            var spread = Math.Sqrt(values.Average(v => (double)v * v));
            var wanted = Wanted(parameterName, parameter.shape);
            var slack = 6 / Math.Sqrt(2.0 * values.Length); // six standard errors of a spread

            if (parameterName.EndsWith("bias", StringComparison.Ordinal) && wanted > 0)
            {
                slack = 0.7; // uniform, and too few for more
            }

            Assert.True(Math.Abs(spread - wanted) <= wanted * slack + 1e-6,
                FormattableString.Invariant($"{parameterName}: {spread:G4} instead of {wanted:G4}"));
            Assert.True(wanted == 1 || Math.Abs(mean) <= wanted * 8 / Math.Sqrt(values.Length) + 1e-6,
                $"{parameterName} is not centred");
        }
    }

    [Fact]
    public void Seeds_decide_the_weights()
    {
        using var one = ClipModel.Create(Vit, seed: 1);
        using var same = ClipModel.Create(Vit, seed: 1);
        using var other = ClipModel.Create(Vit, seed: 2);

        Assert.Equal(First(one), First(same));
        Assert.NotEqual(First(one), First(other));
    }

    [Fact]
    public void Models_made_at_once_are_those_of_their_seeds()
    {
        long[] seeds = [1, 2, 3, 4, 5, 6, 7, 8];
        var wanted = seeds.Select(Made).ToArray();

        Assert.Equal(wanted, seeds.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(Made));

        static float[] Made(long seed)
        {
            using var model = ClipModel.Create(Vit, seed: seed);
            return First(model);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Names_and_shapes_are_those_of_the_state_dict(string name)
    {
        var config = Model(name);
        using var model = ClipModel.Create(config);

        Assert.Equal(
            StateDictShapes.Of(config).Select(s => $"{s.Name} [{string.Join(", ", s.Shape)}]").Order(StringComparer.Ordinal),
            model.NamedWeights().Select(w => $"{w.Name} [{string.Join(", ", w.Value.shape)}]").Order(StringComparer.Ordinal));
    }

    private static ModelConfig Model(string name) => name == "vit" ? Vit : name == "resnet" ? ResNet : ClassToken;

    // paper.md 3.5 of the reference: model.py's initialize_parameters, and PyTorch's defaults where it sets nothing.
    private static double Wanted(string name, long[] shape)
    {
        var (text, textLayers, vision) = (192.0, 3, 128.0);
        var fanIn = shape.Length > 1 ? shape.Skip(1).Aggregate(1.0, (a, b) => a * b) : 0;
        var isVision = name.StartsWith("visual.", StringComparison.Ordinal);
        return name switch
        {
            "logit_scale" => Math.Log(1 / 0.07),
            "token_embedding.weight" => 0.02,
            "positional_embedding" or "cls_emb" => 0.01,
            "text_projection" => Math.Pow(text, -0.5),
            _ when name.Contains(".bn3.weight", StringComparison.Ordinal) && name.Contains(".layer", StringComparison.Ordinal) =>
            0,
            _ when IsNorm(name) => name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0,
            _ when name.EndsWith("in_proj_bias", StringComparison.Ordinal)
            || name.EndsWith("out_proj.bias", StringComparison.Ordinal) => 0,
            _ when !isVision && name.EndsWith("in_proj_weight", StringComparison.Ordinal) => Math.Pow(text, -0.5),
            _ when !isVision && name.EndsWith("c_fc.weight", StringComparison.Ordinal) => Math.Pow(2 * text, -0.5),
            _ when !isVision && name.EndsWith("weight", StringComparison.Ordinal) =>
            Math.Pow(text, -0.5) * Math.Pow(2 * textLayers, -0.5),
            "visual.class_embedding" or "visual.positional_embedding" or "visual.proj" => Math.Pow(vision, -0.5),
            _ when name.StartsWith("visual.attnpool.", StringComparison.Ordinal)
            && !name.EndsWith("bias", StringComparison.Ordinal) => Math.Pow(16 * 32, -0.5),
            // Xavier, uniform
            _ when name.EndsWith("in_proj_weight", StringComparison.Ordinal) => Math.Sqrt(2 / (shape[0] + fanIn)),
            // Kaiming with √5, uniform
            _ when shape.Length > 1 => Math.Sqrt(1 / (3 * fanIn)),
            _ => Math.Sqrt(1 / (3 * BiasFan(name))),
        };
    }

    private static bool IsNorm(string name) =>
        name.Contains(".ln_", StringComparison.Ordinal) || name.StartsWith("ln_", StringComparison.Ordinal)
        || name.Contains(".bn", StringComparison.Ordinal) || name.Contains("downsample.1.", StringComparison.Ordinal);

    private static double BiasFan(string name) => name.StartsWith("visual.attnpool.", StringComparison.Ordinal) ? 16 * 32
        : (name.StartsWith("visual.", StringComparison.Ordinal) ? 128 : 192)
            * (name.Contains("c_proj", StringComparison.Ordinal) ? 4 : 1);

    private static float[] First(ClipModel model) => model.NamedParameters().First().Parameter.data<float>().ToArray();
}
