using ClipSharp.Models;
using ClipSharp.Training.Losses;

namespace ClipSharp.Training.Memory;

/// <summary>A line of the ledger.</summary>
/// <param name="Tower">"image", "text" or "both".</param>
/// <param name="Kind">"weights", "gradients", "moments", "average", "activations" (the most that the tower's pass takes), "inputs",
/// "features" or "similarity".</param>
/// <param name="Bytes">How much.</param>
public sealed record MemoryEntry(string Tower, string Kind, long Bytes);

/// <summary>Where the bytes of a training step are, predicted from the model and the options alone: tensor by tensor for what lives as long
/// as the run, operation by operation for what autograd keeps (paper 2.5 names the four techniques that it weighs).</summary>
/// <param name="Entries">What there is for each tower. Not all of it lives at once.</param>
/// <param name="PeakBytes">The most that lives at once in a step after the first. The runtime and libtorch itself, some 0.3 GiB, are not in it.</param>
/// <param name="PeakPhase">When that is: "image forward", "text forward", "loss", "image backward", "text backward" or "update".</param>
/// <param name="DataBytes">Beside it and outside the device: batches made ahead, and the cache of decoded pictures when it is full.</param>
/// <param name="Parameters">Numbers of both towers.</param>
/// <param name="BytesPerParameter">Weights, gradients, moments and averages for each parameter.</param>
public sealed record MemoryLedger(
    IReadOnlyList<MemoryEntry> Entries, long PeakBytes, string PeakPhase, long DataBytes, long Parameters, double BytesPerParameter)
{
    private const int Float = sizeof(float);
    private const int LossMatrices = 5; // the target; logits and their softmax for each side

    /// <summary>The ledger of a run.</summary>
    /// <param name="config">The model; validated.</param>
    /// <param name="options">The run's. <see cref="TrainOptions.Precision"/> "auto" counts as "bf16".</param>
    public static MemoryLedger Of(ModelConfig config, TrainOptions options)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(options);
        var (vision, text, embedDim, rows) = (config.Vision, config.Text, config.EmbedDim, (long)options.BatchSize);
        var isPure = options.Precision == "pure_bf16";
        var imageFormats = new TowerFormats(options.Precision != "fp32", isPure);
        var textFormats = imageFormats with { HasHalfWeights = isPure || options.TextWeights != "fp32" };
        var imageState = StateBytes.Of(config, isImage: true, imageFormats, options);
        var textState = StateBytes.Of(config, isImage: false, textFormats, options);
        var image = PassMemories.Of(
            vision.IsResNet ? ResNetParts.Image(vision, embedDim, imageFormats) : TransformerParts.Image(vision, embedDim, config.QuickGelu, imageFormats), options);
        var texts = PassMemories.Of(TransformerParts.Text(text, embedDim, config.QuickGelu, textFormats), options);

        var pixels = 3L * vision.ImageSize * vision.ImageSize;
        var inputs = rows * ((options.Device == "cpu" ? 0 : pixels) + (sizeof(long) * (text.ContextLength + 1L))); // pictures are read where they are
        var feature = Float * rows * embedDim;                                                           // [N, E]
        var similarity = LossMatrices * Float * Math.Min(rows, Math.Max(1, ContrastiveLoss.Chunk / rows)) * rows; // [c, N]
        (string Phase, long Bytes)[] phases =
        [
            ("image forward", image.Forward),
            ("text forward", image.Kept + texts.Forward + feature),
            ("loss", image.Kept + texts.Kept + (8 * feature) + similarity),
            ("image backward", image.Backward + texts.Kept + (4 * feature)),
            ("text backward", texts.Backward + (4 * feature)),
            ("update", Update(imageState, textState, options) + (4 * feature)),
        ];
        var (phase, most) = phases.MaxBy(p => p.Bytes);
        return new MemoryLedger(
            [
                .. State("image", imageState),
                new("image", "activations", Math.Max(image.Forward, image.Backward)),
                .. State("text", textState),
                new("text", "activations", Math.Max(texts.Forward, texts.Backward)),
                new("both", "inputs", inputs),
                new("both", "features", 8 * feature),
                new("both", "similarity", similarity),
            ],
            imageState.Total + textState.Total + inputs + most,
            phase,
            (Data.BatchLoader.BatchesAhead + 1) * rows * (pixels + (sizeof(int) * (text.ContextLength + 1L))) + ((long)options.CacheMegabytes << 20),
            imageState.Parameters + textState.Parameters,
            (double)(imageState.Total + textState.Total) / (imageState.Parameters + textState.Parameters));
    }

    private static IEnumerable<MemoryEntry> State(string tower, StateBytes state)
    {
        yield return new(tower, "weights", state.Weights);
        yield return new(tower, "gradients", state.Gradients);
        yield return new(tower, "moments", state.Moments);
        if (state.Average > 0)
        {
            yield return new(tower, "average", state.Average);
        }
    }

    // Gradients of 16 bits are widened for their norm, as weights are for their average; one scale for a tensor needs it whole, four times.
    private static long Update(StateBytes image, StateBytes text, TrainOptions options) => Math.Max(
        Float * (image.HalfNumbers + text.HalfNumbers),
        options.OptimizerState == "fp16-jukebox" ? 4 * Float * Math.Max(image.Largest, text.Largest) : 0);
}
