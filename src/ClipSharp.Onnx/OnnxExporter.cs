using System.Globalization;
using ClipSharp.Files;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Models.Layouts;
using ClipSharp.Models.Towers;
using ClipSharp.Onnx.Folders;
using ClipSharp.Onnx.Graphs;
using ClipSharp.Text;
using ClipSharp.Weights;

namespace ClipSharp.Onnx;

/// <summary>Writes a model as a folder of ONNX graphs, without Python and without a tensor engine. Inputs and outputs are called
/// as in Hugging Face's exports: <c>pixel_values</c> uint8 [B, 3, H, W], from 0 to 255, to <c>image_embeds</c> [B, E];
/// <c>input_ids</c> int64 [B, T], T up to the context length, to <c>text_embeds</c> [B, E]. The vectors have unit length. Pixels
/// are normalised in the graph; <see cref="OnnxFolder"/> reads the folders of before too, whose pixels are float32 and
/// normalised by the caller: the number format tells them apart, and each file says it in its metadata.</summary>
public static class OnnxExporter
{
    /// <summary>Writes the folder; it must not exist yet. A tensor at a time is in memory.</summary>
    /// <param name="path">Where.</param>
    /// <param name="config">The model.</param>
    /// <param name="preprocess">How its pictures are made.</param>
    /// <param name="tokenizer">The model's; its end token must be the largest id, since the graph finds it so, as the reference
    /// does.</param>
    /// <param name="weights">The tensors of <see cref="StateDictShapes"/>: float32, or other floats, which are converted.</param>
    /// <param name="towers">What to write.</param>
    /// <param name="precision">In which numbers large weights are kept.</param>
    /// <exception cref="ClipException">The parts do not fit together, the folder exists, or it cannot be written.</exception>
    public static void Write(string path, ModelConfig config, PreprocessConfig preprocess, TextTokenizer tokenizer,
        IEnumerable<NamedTensor> weights, OnnxTowers towers = OnnxTowers.Both,
        OnnxPrecision precision = OnnxPrecision.Fp32)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var folder = FolderConfig.Of(config, preprocess, tokenizer.Cleaning).Validated(path);
        var tensors = weights.ToList();
        WeightsFit.Of(config, tensors).ThrowIfUnfit(path);
        if (config.Text.Pooling == TextPooling.Largest && tokenizer.EndToken != tokenizer.VocabularySize - 1)
        {
            throw new ClipException(ClipError.Data, "The tokenizer cannot be exported", path,
                string.Create(CultureInfo.InvariantCulture, $"end token {tokenizer.EndToken} of {tokenizer.VocabularySize} ids"),
                "the end token to be the last id", "Run this model on the torch engine.");
        }

        var weightsByName = new TowerWeights(tensors);
        var metadata = new Dictionary<string, string>
        {
            [OnnxFolder.LogitScaleKey] = MathF.Exp(weightsByName.Scalar("logit_scale")).ToString(CultureInfo.InvariantCulture),
            ["weights"] = Spelling.Of(precision),
        };
        if (config.InitLogitBias is not null)
        {
            metadata[OnnxFolder.LogitBiasKey] = weightsByName.Scalar("logit_bias").ToString(CultureInfo.InvariantCulture);
        }

        AtomicFolder.Write(path, part =>
        {
            AtomicFile.WriteText(Path.Combine(part, FolderConfig.FileName), folder.ToJson());
            tokenizer.Save(part);
            if (towers.HasFlag(OnnxTowers.Image))
            {
                OnnxFile.Write(Path.Combine(part, OnnxFolder.ImageFile),
                    ImageGraph(new Graph(precision), weightsByName, config, preprocess),
                    new Dictionary<string, string>(metadata) { [PortNames.Pixels] = "uint8, 0 to 255, not normalised" });
            }

            if (towers.HasFlag(OnnxTowers.Text))
            {
                OnnxFile.Write(Path.Combine(part, OnnxFolder.TextFile),
                    TextGraph(new Graph(precision), weightsByName, config), metadata);
            }
        });
    }

    internal static IImageTower ImageTower(Graph graph, TowerWeights weights, ModelConfig config) => config.Vision.IsResNet
        ? new ModifiedResNet(graph, weights, config)
        : new VisionTransformer(graph, weights, config);

    private static Graph ImageGraph(Graph graph, TowerWeights weights, ModelConfig config, PreprocessConfig preprocess)
    {
        var size = config.Vision.ImageSize;
        var bytes = graph.Input(PortNames.Pixels, TensorType.U8, "batch", 3, size.Height, size.Width);
        var pixels = graph.Add("Cast", [bytes], ("to", OnnxFile.Single));
        var vectors = ImageTower(graph, weights, config).Encode(pixels, preprocess);
        graph.Output(PortNames.ImageVectors, vectors, "batch", config.EmbedDim);
        return graph;
    }

    private static Graph TextGraph(Graph graph, TowerWeights weights, ModelConfig config)
    {
        var ids = graph.Input(PortNames.Ids, TensorType.I64, "batch", "tokens");
        graph.Output(PortNames.TextVectors, new TextTransformer(graph, weights, config).Encode(ids), "batch", config.EmbedDim);
        return graph;
    }
}
