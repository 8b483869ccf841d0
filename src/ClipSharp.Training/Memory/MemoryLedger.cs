using ClipSharp.Models;
using ClipSharp.Torch;
using ClipSharp.Training.Losses;
using ClipSharp.Training.Optimization.Sharing;

namespace ClipSharp.Training.Memory;

/// <summary>A line of the ledger.</summary>
/// <param name="Tower">"image", "text" or "both".</param>
/// <param name="Kind">"weights", "gradients", "moments", "average", "activations" (the most that the tower's pass takes),
/// "inputs", "features", "similarity" or "of other processes".</param>
/// <param name="Bytes">How much.</param>
public sealed record MemoryEntry(string Tower, string Kind, long Bytes);

/// <summary>Where the bytes of a training step are, predicted from the model and the options alone: tensor by tensor for what
/// lives as long as the run, operation by operation for what autograd keeps (paper 2.5 names the four techniques that it
/// weighs).</summary>
/// <param name="Entries">What there is for each tower. Not all of it lives at once.</param>
/// <param name="PeakBytes">The most that lives at once in a step after the first. The runtime and libtorch itself, some 0.3 GiB,
/// are not in it.</param>
/// <param name="PeakPhase">When that is: "image forward", "text forward", "loss", "image backward", "text backward" or
/// "update".</param>
/// <param name="DataBytes">Beside it and outside the device: batches made ahead, and the cache of decoded pictures when it is
/// full.</param>
/// <param name="SaveBytes">Outside the device, too: the copy of weights, moments and averages from which a checkpoint is written
/// while training goes on. It stays for the next one.</param>
/// <param name="Parameters">Numbers of both towers.</param>
/// <param name="BytesPerParameter">Weights, gradients, moments and averages for each parameter.</param>
public sealed record MemoryLedger(
    IReadOnlyList<MemoryEntry> Entries, long PeakBytes, string PeakPhase, long DataBytes, long SaveBytes, long Parameters,
    double BytesPerParameter)
{
    /// <summary>All that is in the machine's memory at once where the device is another: batches, cached pictures, a save's
    /// copy.</summary>
    public long HostBytes => DataBytes + SaveBytes;

    private const int Float = sizeof(float);
    private const int LossMatrices = 5; // the target; logits and their softmax for each side

    /// <summary>The ledger of a run.</summary>
    /// <param name="config">The model; validated.</param>
    /// <param name="options">The run's. A <see cref="TrainOptions.Precision"/> that is not decided counts as bfloat16.</param>
    /// <param name="processes">How many share the batch: the ledger is that of each.</param>
    public static MemoryLedger Of(ModelConfig config, TrainOptions options, int processes = 1)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(options);
        var pairs = options.BatchSize;                                                                   // B
        options = options with { BatchSize = Math.Max(1, pairs / processes) };
        var (vision, text, embedDim, rows) = (config.Vision, config.Text, config.EmbedDim, (long)options.BatchSize);
        var isPure = options.Precision == NumberFormat.PureBf16;
        var rank = options.LoraRank ?? 0;
        var imageFormats = new TowerFormats(options.Precision != NumberFormat.Fp32, isPure, options.LockImage ? 0 : rank);
        var textFormats = imageFormats with
        {
            HasHalfWeights = isPure || options.TextWeights != TextWeights.Fp32,
            LowRank = options.LockText ? 0 : rank,
        };
        var imageState = StateBytes.Of(config, isImage: true, imageFormats, options, processes);
        var textState = StateBytes.Of(config, isImage: false, textFormats, options, processes);
        var image = Tower(config, isImage: true, imageFormats, options);
        var texts = Tower(config, isImage: false, textFormats, options);

        var pixels = 3 * vision.ImageSize.Area;
        // pictures are read where they are
        var inputs = rows * ((options.Device.IsCpu ? 0 : pixels) + (sizeof(long) * (text.ContextLength + 1L)));
        var feature = Float * rows * embedDim;                                                           // [N, E]
        var similarity = LossMatrices * Float * Math.Min(rows, Math.Max(1, ContrastiveLoss.Chunk / pairs)) * pairs; // [c, B]
        var others = processes == 1 ? 0 : 4L * Float * pairs * embedDim; // all features, and what is said of them: [B, E]
        // What is on its way to the other processes: all gradients as float32, or a window of them with its share.
        var sync = processes == 1 ? 0 : options.ShardOptimizer
            ? Float * 2 * GradientBuckets.BucketLength
            : Float * (imageState.TrainedNumbers + textState.TrainedNumbers);
        var tape = new Tape();
        Step(tape, [image, texts], options, (6 * feature) + similarity + others,
            Math.Max(sync, Update(imageState, textState, options)));
        return new MemoryLedger(
            [
                .. State("image", imageState),
                new("image", "activations", Alone(image, options)),
                .. State("text", textState),
                new("text", "activations", Alone(texts, options)),
                new("both", "inputs", inputs),
                new("both", "features", 8 * feature),
                new("both", "similarity", similarity),
                .. processes == 1 ? (MemoryEntry[])[] : [new("both", "of other processes", others + sync)],
            ],
            imageState.Total + textState.Total - imageState.Gradients - textState.Gradients + inputs + tape.Peak,
            tape.PeakPhase,
            (Data.Batches.BatchLoader.BatchesAhead(options.BatchSize) + 1) * rows
            * (pixels + (sizeof(int) * (text.ContextLength + 1L)))
            + ((long)options.CacheMegabytes << 20),
            imageState.Saved + textState.Saved,
            imageState.Parameters + textState.Parameters,
            (double)(imageState.Total + textState.Total) / (imageState.Parameters + textState.Parameters));
    }

    // Trainer.Step. Gradients come with the way back.
    private static void Step(Tape tape, TowerTape[] towers, TrainOptions options, long loss, long update)
    {
        string[] names = ["image", "text"];
        var feature = options.BatchSize * towers[0].Feature;
        var backward = towers.Zip(names).Select(tower =>
        {
            tape.Phase = $"{tower.Second} forward";
            return new TapePasses(tape, tower.First, options).Forward();
        }).ToList();
        tape.Phase = "loss";
        tape.Touch(loss);
        var gradients = towers.Select(_ => tape.New(feature)).ToList();
        for (var i = 0; i < towers.Length; i++)
        {
            tape.Phase = $"{names[i]} backward";
            backward[i](gradients[i]);
        }

        tape.Phase = "update";
        tape.Touch(update);
    }

    // The most that a tower's passes take beside its gradients, were there no other.
    private static long Alone(TowerTape tower, TrainOptions options)
    {
        var tape = new Tape();
        tape.Accumulating(() => Step(tape, [tower], options, 0, 0));
        return tape.Peak;
    }

    private static TowerTape Tower(ModelConfig config, bool isImage, TowerFormats formats, TrainOptions options)
    {
        var layers = new TowerLayers(config);
        bool IsTrained(int layer) => !layers.IsLocked(isImage, layer, options);
        var parts = new TowerParts(config, isImage, formats, IsTrained);
        return new TowerTape(parts.Of, IsTrained(layers.Count(isImage) - 1) || formats.LowRank > 0, Float * config.EmbedDim);
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

    // Gradients of 16 bits are widened for their norm and weights for their average, one at a time; one scale for a tensor needs
    // it whole, four times.
    private static long Update(StateBytes image, StateBytes text, TrainOptions options) => Math.Max(
        Float * Math.Max(image.LargestHalf, text.LargestHalf),
        options.OptimizerState == OptimizerState.Fp16Jukebox ? 4 * Float * Math.Max(image.Largest, text.Largest) : 0);
}
