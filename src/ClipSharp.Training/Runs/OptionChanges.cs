using System.Text.Json.Nodes;

namespace ClipSharp.Training.Runs;

/// <summary>What differs between the options of a checkpoint and those it shall go on with, where it can change what is
/// computed.</summary>
internal static class OptionChanges
{
    // Where things are, how fast and how often: no bit of the weights hangs on these. Data and tokenizer have fingerprints of
    // their own, a model is compared by what it is, and what weights began with no longer matters.
    private static readonly HashSet<string> Free =
    [
        "train_data", "dataset_type", "csv_img_key", "csv_caption_key", "csv_separator", "model", "vocab", "vocab_size",
        "pretrained", "pretrained_image",
        "val_data", "zeroshot_data",
        "workers", "cache_megabytes", "index_cache", "shard_cache", "shard_cache_gigabytes", "skip_read_errors",
        "max_skipped", "max_skipped_share",
        "name", "logs", "resume", "allow_change", "save_frequency", "save_every_steps", "save_every_minutes", "keep",
        "val_frequency", "zeroshot_frequency", "eval_data", "eval_task", "eval_frequency", "eval_steps", "best_metric",
        "log_every_n_steps", "max_minutes", "watchdog_minutes", "shard_optimizer", "memory_recipe",
    ];

    /// <summary>A line for each option, such as "lr: 0.001 -> 0.0005".</summary>
    public static IReadOnlyList<string> Between(TrainOptions before, TrainOptions now) =>
        Between(JsonNode.Parse(before.ToJson())!.AsObject(), JsonNode.Parse(now.ToJson())!.AsObject());

    /// <summary>A line for each member that differs; of the outermost, the free ones are passed over.</summary>
    public static IReadOnlyList<string> Between(JsonObject before, JsonObject now)
    {
        var (old, recent) = (new SortedDictionary<string, string>(StringComparer.Ordinal),
            new SortedDictionary<string, string>(StringComparer.Ordinal));
        Flatten(before, "", old);
        Flatten(now, "", recent);
        return [.. old.Keys.Union(recent.Keys).Where(name => !Free.Contains(name)).Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Before: old.GetValueOrDefault(name, "nothing"),
                Now: recent.GetValueOrDefault(name, "nothing")))
            .Where(change => change.Before != change.Now)
            .Select(change => $"{change.Name}: {change.Before} -> {change.Now}")];
    }

    private static void Flatten(JsonObject node, string prefix, SortedDictionary<string, string> values)
    {
        foreach (var (name, value) in node)
        {
            if (value is JsonObject inner)
            {
                Flatten(inner, $"{prefix}{name}.", values);
            }
            else
            {
                values[prefix + name] = value?.ToJsonString() ?? "nothing";
            }
        }
    }
}
