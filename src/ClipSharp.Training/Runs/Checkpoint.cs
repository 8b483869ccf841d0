using System.Text.Json;
using ClipSharp.Files;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Training.Optimization;
using ClipSharp.Weights;
using static TorchSharp.torch;

namespace ClipSharp.Training.Runs;

/// <summary>Where a run stands: with the weights and moments, all that a resume needs, since batches are a function of the step.</summary>
public sealed record TrainingState
{
    /// <summary>Updates done.</summary>
    public required long Step { get; init; }

    /// <summary>Fingerprint of the training data's index.</summary>
    public required string Data { get; init; }

    /// <summary>Fingerprint of the tokenizer.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>Seconds of training done.</summary>
    public required double Seconds { get; init; }

    /// <summary>The factor on the loss.</summary>
    public double LossScale { get; init; } = 1;

    /// <summary>The run's options.</summary>
    public required TrainOptions Options { get; init; }
}

/// <summary>A checkpoint: a complete model folder (the averaged weights where the run averages) plus <c>training/</c> with the state, the
/// moments and, beside averages, the live weights. Seen whole or not at all.</summary>
public static class Checkpoint
{
    private const string StateFile = "training/state.json";
    private const string TensorFile = "training/state.safetensors";

    /// <summary>Writes a checkpoint; the folder must not exist yet.</summary>
    public static void Write(
        string path, ClipModel model, BpeTokenizer tokenizer, AdamW optimizer, WeightAverage? average, TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        AtomicFolder.Write(path, folder =>
        {
            ModelFiles.Fill(folder, model.Config, model.Preprocess, tokenizer.Save, model.Weights(average?.State()));
            var live = average is null ? [] : model.NamedWeights().Select(w => StateDict.Named($"live/{w.Name}", w.Value));
            AtomicFile.Write(Path.Combine(folder, TensorFile), stream => SafetensorsWriter.Write(
                stream, optimizer.State().Select(s => StateDict.Named(s.Name, s.Value)).Concat(live), metadata: null));
            AtomicFile.WriteText(Path.Combine(folder, StateFile), JsonSerializer.Serialize(state, TrainJson.Options));
        });
    }

    /// <summary>The newest complete checkpoint of a run, or null.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    public static string? Latest(string checkpoints) =>
        !Directory.Exists(checkpoints) ? null : Directory.EnumerateDirectories(checkpoints)
            .Where(d => !d.EndsWith(".tmp", StringComparison.Ordinal) && File.Exists(Path.Combine(d, StateFile)))
            .MaxBy(d => ReadState(d).Step);

    /// <summary>Reads where a run stood.</summary>
    /// <exception cref="ClipException">There is no such checkpoint, or its state is damaged.</exception>
    public static TrainingState ReadState(string path)
    {
        var file = Path.Combine(path, StateFile);
        if (!File.Exists(file))
        {
            throw new ClipException(ClipError.NoInput, "No checkpoint to resume", path, "no " + StateFile, "a checkpoint's folder",
                "Name a folder under checkpoints/, or use --resume latest.");
        }

        try
        {
            return JsonSerializer.Deserialize<TrainingState>(File.ReadAllBytes(file), TrainJson.Options)!;
        }
        catch (JsonException e)
        {
            throw new ClipException(ClipError.Data, "The checkpoint's state is damaged", file, e.Message, "JSON of a training state",
                "Resume from an older checkpoint.", e);
        }
    }

    /// <summary>Brings weights, moments and averages back.</summary>
    public static void Restore(string path, ClipModel model, AdamW optimizer, WeightAverage? average)
    {
        using var none = no_grad();
        using var weights = ModelFiles.Open(path).OpenWeights();
        using var state = WeightsFile.Open(Path.Combine(path, TensorFile));
        StateDict.Copy(weights.Tensors, average is null ? model.NamedWeights() : average.State(), path);
        StateDict.Copy(state.Tensors, optimizer.State(), path);
        if (average is not null)
        {
            StateDict.Copy(state.Tensors, model.NamedWeights().Select(w => ($"live/{w.Name}", w.Value)), path);
        }
    }
}
