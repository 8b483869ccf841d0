using System.Text.Json;
using ClipSharp.Files;
using ClipSharp.Models.Layouts;

namespace ClipSharp.Training.Runs.Checkpoints;

/// <summary>Why a checkpoint is kept as <c>checkpoints/best</c>: its <c>training/best.json</c>.</summary>
public sealed record BestCheckpoint
{
    internal const string FileName = "training/best.json";

    /// <summary>The metric that it is the best by, as curves name it.</summary>
    public required string Metric { get; init; }

    /// <summary>What it came to.</summary>
    public required double Value { get; init; }

    /// <summary>Updates done.</summary>
    public required long Step { get; init; }

    /// <summary>Passes over the data done.</summary>
    public required double Epoch { get; init; }

    /// <summary>Where a run's best checkpoint stands; nobody looked yet whether there is one.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    public static string PathIn(string checkpoints) => AtomicFolder.Standing(Path.Combine(checkpoints, ModelPlace.Best));

    /// <summary>Reads what a run's best checkpoint is; null where there is none.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    /// <exception cref="ClipException">It cannot be read.</exception>
    public static BestCheckpoint? Read(string checkpoints)
    {
        var file = Path.Combine(PathIn(checkpoints), FileName);
        try
        {
            return File.Exists(file)
                ? JsonSerializer.Deserialize<BestCheckpoint>(File.ReadAllBytes(file), TrainJson.Options)
                : null;
        }
        catch (JsonException e)
        {
            throw Unread(JsonFault.Describe(e), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unread(e.Message, e);
        }

        ClipException Unread(string found, Exception cause) => new(ClipError.Data,
            "What the best checkpoint is cannot be read", file, found, "metric, value, step and epoch as JSON",
            "Remove the folder best to begin anew.", cause);
    }

    /// <summary>Such as "val/acc1 0.8125 at step 300 (epoch 3)".</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Metric} {Value:0.####} at step {Step:N0} (epoch {Epoch:0.##})");
}
