using System.Text.Json;
using ClipSharp.Files;
using ClipSharp.Hub;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Models.Layouts;

/// <summary>Where the model lies that a person names: a folder or a file; of a training run its newest checkpoint; of
/// <c>hf-hub:org/name</c> what was pulled.</summary>
internal static class ModelPlace
{
    private const string Checkpoints = "checkpoints";
    private const string StateFile = "training/state.json";

    /// <summary>The name of the checkpoint that was the best by a metric.</summary>
    public const string Best = "best";

    /// <summary>The path of a name.</summary>
    /// <param name="name">A path or <c>hf-hub:org/name</c>.</param>
    /// <param name="tell">Gets a sentence for each newer checkpoint that cannot be read and is passed over.</param>
    /// <returns>A path; nobody looked yet whether a model is there.</returns>
    /// <exception cref="ClipException">The repository was not pulled.</exception>
    public static string Of(string name, Action<string>? tell = null)
    {
        var path = HubCache.PathOf(name, RepoType.Model);
        return NewestCheckpoint(Path.Combine(path, Checkpoints), tell) ?? AtomicFolder.Standing(path);
    }

    /// <summary>Whether a checkpoint is the one kept as the best: it stands for its run only where there is no other.</summary>
    public static bool IsBest(string checkpoint) =>
        Path.GetFileName(checkpoint) is var name && (name == Best || name == AtomicFolder.NextOf(Best));

    /// <summary>The newest checkpoint of a run whose state can be read, the best only where there is no other; or null. Its
    /// files are not hashed.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    /// <param name="tell">Gets a sentence for each that cannot be read, where there is one that can.</param>
    public static string? NewestCheckpoint(string checkpoints, Action<string>? tell = null)
    {
        if (!Directory.Exists(checkpoints))
        {
            return null;
        }

        var found = Directory.EnumerateDirectories(checkpoints).Where(path => !AtomicFolder.IsUnfinished(path))
            .Order(StringComparer.Ordinal).Select(path => (Path: path, Step: StepOf(path))).ToList();
        var newest = found.Where(checkpoint => checkpoint.Step is not null).OrderBy(checkpoint => IsBest(checkpoint.Path))
            .ThenByDescending(checkpoint => checkpoint.Step)
            .Select(checkpoint => checkpoint.Path).FirstOrDefault();
        foreach (var damaged in newest is null ? [] : found.Where(checkpoint => checkpoint.Step is null))
        {
            tell?.Invoke($"The checkpoint {damaged.Path} is damaged ({StateFile} cannot be read); {newest} is taken.");
        }

        return newest;
    }

    /// <summary>What a report calls the model at a path: a checkpoint by its run too, such as "first, epoch_10", what was pulled
    /// by its repository, everything else by its file or folder.</summary>
    public static string NameOf(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var name = Path.GetFileName(full);
        var above = Path.GetDirectoryName(full);
        return HubRepo.OfSnapshot(full) is { } repo ? repo.Id
            : Path.GetFileName(above) == Checkpoints && File.Exists(Path.Combine(full, StateFile))
                ? $"{Path.GetFileName(Path.GetDirectoryName(above))}, {name}"
            : name;
    }

    private static long? StepOf(string checkpoint)
    {
        try
        {
            using var state = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(checkpoint, StateFile)));
            return state.RootElement.ValueKind == JsonValueKind.Object && state.RootElement.TryGetProperty("step", out var step)
                && step.TryGetInt64(out var value) && value >= 0 ? value : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
