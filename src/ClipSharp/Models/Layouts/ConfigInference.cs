using ClipSharp.Weights;

namespace ClipSharp.Models.Layouts;

/// <summary>What shapes tell of a model.</summary>
/// <param name="Config">The model; its heads are 0 where they are not known.</param>
/// <param name="Published">The preset with these shapes, whose heads are taken; null for OpenAI's own files and where there is
/// none.</param>
/// <param name="AreHeadsKnown">Whether it is known how wide the heads are, which no shape tells.</param>
internal sealed record InferredConfig(ModelConfig Config, string? Published, bool AreHeadsKnown);

/// <summary>Reads from the shapes of weights what model they are, as <c>build_model</c> of openai/CLIP does. That takes all heads
/// to be 64 wide, which holds for OpenAI's files; the heads of others are those of the published model with the same shapes, or
/// not known.</summary>
internal sealed class ConfigInference
{
    private const int OpenAiHeadWidth = 64;
    private const double InitialLogitBias = -10; // SigLIP's; the weights tell where it stands, not where it started

    private readonly KeyTable _table;
    private readonly IReadOnlyDictionary<string, NamedTensor> _stored;
    private readonly bool _isOpenAi;
    private readonly string _where;

    private ConfigInference(KeyTable table, IReadOnlyDictionary<string, NamedTensor> stored, bool isOpenAi, string where)
    {
        (_table, _stored, _isOpenAi, _where) = (table, stored, isOpenAi, where);
    }

    /// <param name="table">The names of the weights.</param>
    /// <param name="stored">The weights.</param>
    /// <param name="isOpenAi">Whether they are as OpenAI publishes them.</param>
    /// <param name="quickGelu">The activation, which no shape tells.</param>
    /// <param name="where">For messages.</param>
    /// <exception cref="ClipException">A tensor that decides is missing or has an impossible shape.</exception>
    public static InferredConfig Of(
        KeyTable table, IReadOnlyDictionary<string, NamedTensor> stored, bool isOpenAi, bool quickGelu, string where)
    {
        var read = new ConfigInference(table, stored, isOpenAi, where).Read(quickGelu).Validated(where);
        if (isOpenAi)
        {
            return new(read, Published: null, AreHeadsKnown: true);
        }

        if (ModelPresets.NameOfShapes(read) is not { } name)
        {
            return new(read with { Vision = read.Vision with { HeadWidth = 0 }, Text = read.Text with { Heads = 0 } }, null,
                false);
        }

        var preset = ModelPresets.Find(name);
        return new(preset with
        {
            QuickGelu = quickGelu,
            InitLogitBias = read.InitLogitBias,
            Vision = preset.Vision with { ImageSize = read.Vision.ImageSize },
            Text = preset.Text with { ContextLength = read.Text.ContextLength },
        }, name, true);
    }

    private ModelConfig Read(bool quickGelu)
    {
        var width = Side("ln_final.weight", 1, 0);
        return new ModelConfig
        {
            EmbedDim = Side("text_projection", 2, 1),
            QuickGelu = quickGelu,
            InitLogitBias = Has("logit_bias") ? InitialLogitBias : null,
            Vision = Has("visual.proj") ? ViT() : ResNet(),
            Text = new TextConfig
            {
                ContextLength = Side("positional_embedding", 2, 0),
                VocabSize = Side("token_embedding.weight", 2, 0),
                Width = width,
                Heads = width / HeadWidth(width),
                Layers = Count(i => $"transformer.resblocks.{i}.ln_1.weight"),
                MlpRatio = MlpRatio.Of(Side("transformer.resblocks.0.mlp.c_fc.weight", 2, 0), width),
            },
        };
    }

    private VisionConfig ViT()
    {
        var width = Side("visual.conv1.weight", 4, 0);
        var patch = Side("visual.conv1.weight", 4, 3);
        return new VisionConfig
        {
            Layers = [Count(i => $"visual.transformer.resblocks.{i}.ln_1.weight")],
            ImageSize = Product("the image size", Grid("visual.positional_embedding"), patch),
            PatchSize = patch,
            Width = width,
            HeadWidth = HeadWidth(width),
            MlpRatio = MlpRatio.Of(Side("visual.transformer.resblocks.0.mlp.c_fc.weight", 2, 0), width),
        };
    }

    private VisionConfig ResNet() => new()
    {
        Layers = [.. Enumerable.Range(1, 4).Select(stage => Count(i => $"visual.layer{stage}.{i}.conv1.weight"))],
        ImageSize = Grid("visual.attnpool.positional_embedding") * 32, // at most 1024 · 32
        Width = Side("visual.layer1.0.conv1.weight", 4, 0),
        HeadWidth = HeadWidth(Product("the width of the pooling", Side("visual.layer1.0.conv1.weight", 4, 0), 32)),
    };

    // One head until it is known better: it fits every width.
    private int HeadWidth(int width) => !_isOpenAi ? width
        : width % OpenAiHeadWidth == 0 ? OpenAiHeadWidth
        : throw Unknown("the number of heads", $"a width of {width}",
            $"a multiple of {OpenAiHeadWidth}, as in all files of OpenAI's");

    private int Count(Func<int, string> name)
    {
        var count = 0;
        while (Has(name(count)))
        {
            count++;
        }

        return count;
    }

    private int Grid(string name)
    {
        var cells = Side(name, 2, 0) - 1;
        var side = (int)Math.Round(Math.Sqrt(cells));
        return side <= 1024 && side * side == cells
            ? side
            : throw Unknown("the image size", $"{cells} cells", "a square of at most 1024 a side");
    }

    private int Product(string what, int first, int second) => (long)first * second is <= int.MaxValue and var product
        ? (int)product
        : throw Unknown(what, $"{first} x {second}", $"a product of at most {int.MaxValue}");

    private bool Has(string name) => _table.PartsOf(name) is { Count: > 0 } parts && _stored.ContainsKey(parts[0].Name);

    private int Side(string name, int rank, int index)
    {
        if (!Has(name))
        {
            throw Unknown("the architecture", $"no {name}", "the tensors of a CLIP");
        }

        var part = _table.PartsOf(name)[0];
        long[] shape = [.. part.IsTransposed ? _stored[part.Name].Shape.Reverse() : _stored[part.Name].Shape];
        return shape.Length == rank && shape.All(side => side is > 0 and <= int.MaxValue)
            ? (int)shape[index]
            : throw Unknown("the architecture", $"{part.Name} {Shapes.Text(_stored[part.Name].Shape)}", $"{rank} sides above 0");
    }

    private ClipException Unknown(string what, string found, string expected) =>
        new(ClipError.Data, $"The weights do not tell {what}", _where, found, expected,
            "Say which model it is: --model-config with a preset's name or a model JSON.");
}
