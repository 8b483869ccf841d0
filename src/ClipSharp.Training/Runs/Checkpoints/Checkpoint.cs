using System.Text.Json;
using ClipSharp.Files;
using ClipSharp.Models;
using ClipSharp.Models.Layouts;
using ClipSharp.Torch;
using ClipSharp.Training.Optimization;
using ClipSharp.Weights;
using static TorchSharp.torch;

namespace ClipSharp.Training.Runs.Checkpoints;

/// <summary>A checkpoint: a complete model folder (the averaged weights where the run averages) plus <c>training/</c> with the
/// state, the moments, beside averages the live weights, and a manifest of all files. Seen whole or not at all.</summary>
public static class Checkpoint
{
    /// <summary>Before the names of live weights, where the model folder holds averages, or sums of what stays and what is
    /// learnt.</summary>
    internal const string Live = "live/";

    private const string StateFile = "training/state.json";
    private const string TensorFile = "training/state.safetensors";
    private const string ManifestFile = "training/manifest.json";

    /// <summary>Writes a checkpoint; the folder must not exist yet.</summary>
    internal static void Write(string path, TrainingSetup setup, Snapshot snapshot, TrainingState state) =>
        AtomicFolder.Write(path, folder => Fill(folder, setup, snapshot, state));

    /// <summary>Writes the checkpoint that is kept as the best, in the place of the one before.</summary>
    internal static void WriteBest(string checkpoints, TrainingSetup setup, Snapshot snapshot, TrainingState state,
        BestCheckpoint best) =>
        AtomicFolder.Replace(Path.Combine(checkpoints, ModelPlace.Best), folder =>
        {
            AtomicFile.WriteText(Path.Combine(folder, BestCheckpoint.FileName),
                JsonSerializer.Serialize(best, TrainJson.Options));
            Fill(folder, setup, snapshot, state);
        });

    /// <summary>Puts in order what a killed process left.</summary>
    internal static void TidyUp(string checkpoints)
    {
        AtomicFolder.RemoveUnfinished(checkpoints);
        AtomicFolder.FinishReplacing(Path.Combine(checkpoints, ModelPlace.Best));
    }

    private static void Fill(string folder, TrainingSetup setup, Snapshot snapshot, TrainingState state)
    {
        ModelFiles.Fill(folder, setup.Config, setup.Preprocess, setup.Tokenizer, snapshot.Weights);
        AtomicFile.Write(Path.Combine(folder, TensorFile), stream => SafetensorsWriter.Write(stream, snapshot.Training));
        AtomicFile.WriteText(Path.Combine(folder, StateFile), JsonSerializer.Serialize(state, TrainJson.Options));
        FolderManifest.Write(folder, ManifestFile);
    }

    /// <summary>The newest checkpoint of a run whose state can be read, the best only where there is no other; or null. Its
    /// files are not hashed.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    public static string? Latest(string checkpoints) => ModelPlace.NewestCheckpoint(checkpoints);

    /// <summary>The newest checkpoint of a run that is as it was written, the best only where there is no other; null where there
    /// is none yet.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    /// <param name="tell">Gets a line for each newer one that is damaged.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">All are damaged.</exception>
    internal static string? LatestWhole(string checkpoints, Action<string> tell, CancellationToken cancel)
    {
        string? damaged = null;
        foreach (var path in Folders(checkpoints).OrderBy(ModelPlace.IsBest).ThenBy(path => Step(path) is not null)
            .ThenByDescending(Step))
        {
            if (Fault(path, cancel) is not { } fault)
            {
                return path;
            }

            tell($"The checkpoint {damaged = path} is damaged ({fault}); the one before it is taken.");
        }

        return damaged is null
            ? null
            : throw new ClipException(ClipError.Data, "No checkpoint is whole", checkpoints, "damaged ones only",
            "at least one", "Restore one from a copy, or begin anew under another --name.");
    }

    /// <summary>Refuses a checkpoint that is not as it was written.</summary>
    /// <exception cref="ClipException">It is damaged, or there is none.</exception>
    internal static void RequireWhole(string path, CancellationToken cancel)
    {
        ReadState(path); // where there is none, that is what is said
        if (Fault(path, cancel) is { } fault)
        {
            throw new ClipException(ClipError.Data, "The checkpoint is damaged", path, fault, "what its manifest says",
                "Resume from another one: --resume latest takes the newest that is whole.");
        }
    }

    /// <summary>Reads where a run stood.</summary>
    /// <exception cref="ClipException">There is no such checkpoint, or its state is damaged.</exception>
    public static TrainingState ReadState(string path)
    {
        var file = Path.Combine(path, StateFile);
        if (!File.Exists(file))
        {
            throw new ClipException(ClipError.NoInput, "No checkpoint to resume", path,
                Directory.Exists(path) ? "no " + StateFile : "nothing there",
                "a checkpoint's folder", "Name a folder under checkpoints/, or use --resume latest.");
        }

        try
        {
            return JsonSerializer.Deserialize<TrainingState>(File.ReadAllBytes(file), TrainJson.Options)!;
        }
        catch (JsonException e)
        {
            throw new ClipException(ClipError.Data, "The checkpoint's state is damaged", file, JsonFault.Describe(e),
                "JSON of a training state",
                "Resume from an older checkpoint.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.InputOutput, "The checkpoint's state cannot be read", file, e.Message,
                "a file that can be read",
                "Resume from an older checkpoint, or look at the disk.", e);
        }
    }

    /// <summary>Brings weights, moments and averages back. Averages that the checkpoint does not have begin with its weights;
    /// those that are no longer wanted are left where they are.</summary>
    /// <param name="path">The checkpoint's folder.</param>
    /// <param name="model">Gets the live weights.</param>
    /// <param name="optimizer">Gets the moments.</param>
    /// <param name="average">Gets the averages; null = the run has none.</param>
    /// <exception cref="ClipException">The checkpoint is of another model or optimizer, or damaged.</exception>
    public static void Restore(string path, ClipModel model, AdamW optimizer, WeightAverage? average)
    {
        using var none = no_grad();
        using var weights = ModelFiles.Open(path).OpenWeights();
        using var state = WeightsFile.Open(Path.Combine(path, TensorFile));
        optimizer.Restore(state.Tensors, path);
        if (state.Tensors.Keys.Any(name => name.StartsWith(Live, StringComparison.Ordinal))) // the folder has others
        {
            StateDict.Copy(state.Tensors, model.NamedWeights().Select(w => (Live + w.Name, w.Value)), path);
            StateDict.Copy(weights.Tensors, average?.State() ?? [], path);
        }
        else
        {
            StateDict.Copy(weights.Tensors, model.NamedWeights(), path);
            average?.Restart();
        }
    }

    /// <summary>Removes all but the newest checkpoints and the best; those that cannot be read stay for their owner to look
    /// at.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    /// <param name="keep">How many stay; 0 = all.</param>
    internal static void RemoveOld(string checkpoints, int keep)
    {
        foreach (var old in keep > 0 ? List(checkpoints).Skip(keep) : [])
        {
            AtomicFolder.Remove(old.Path);
        }
    }

    /// <summary>Checkpoints whose state can be read, the newest first; the best is none of them.</summary>
    internal static IReadOnlyList<(string Path, long Step)> List(string checkpoints) =>
        [.. Folders(checkpoints).Where(path => !ModelPlace.IsBest(path)).Select(path => (path, Step(path) ?? -1))
            .Where(found => found.Item2 >= 0)
            .OrderByDescending(found => found.Item2)];

    private static IEnumerable<string> Folders(string checkpoints) => !Directory.Exists(checkpoints) ? []
        : Directory.EnumerateDirectories(checkpoints).Where(path => !AtomicFolder.IsUnfinished(path));

    // Null where nobody can tell.
    private static long? Step(string path)
    {
        try
        {
            return ReadState(path).Step;
        }
        catch (ClipException)
        {
            return null;
        }
    }

    /// <summary>What is wrong with a checkpoint, or null. States before format 2 have no manifest to compare with.</summary>
    internal static string? Fault(string path, CancellationToken cancel)
    {
        try
        {
            return ReadState(path).Format == 1 ? null : FolderManifest.Fault(path, ManifestFile, cancel);
        }
        catch (ClipException e)
        {
            return e.Message;
        }
    }
}
