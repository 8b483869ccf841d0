using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.ShardIndex;
using ClipSharp.Data.Sources;

namespace ClipSharp.Cli.Commands;

/// <summary><c>clipsharp data index</c>: what training needs to know of shards, found before it starts.</summary>
internal static class DataIndexCommand
{
    public static Command Create()
    {
        var data = new Argument<string>("data") { Description = "Shards such as \"train/{00000..00999}.tar\", their folder or address." };
        var cache = new Option<string>("--index-cache")
        {
            Description = "Folder of the indexes, as train's; else the user's cache.",
            HelpName = "folder",
        };
        var probs = new Option<double[]>("--json-text-key-probs")
        {
            Description = "As train's: an index belongs to them.",
            HelpName = "n",
            AllowMultipleArgumentsPerToken = true,
        };
        var prune = new Option<bool>("--prune")
        {
            Description = "Then remove from there all indexes that nobody used for 90 days.",
        };
        var json = SharedOptions.Json();
        var command = new Command("index", "Index shards for training, on all processors; go on where it was stopped.")
        {
            data, cache, probs, prune, json,
        };
        var flags = new DataFlags(command);
        command.SetAction((parsed, cancel) =>
        {
            var output = Output.Of(parsed);
            var options = flags.Bind(parsed) with { JsonTextKeyProbs = parsed.GetValue(probs) ?? [] };
            var (type, paths, missing) = SampleSources.Find(parsed.GetValue(data)!, options);
            if (type != DatasetType.Webdataset)
            {
                throw new ClipException(ClipError.Usage, "Only shards have an index on the disk", paths[0], Spelling.Of(type),
                    "tar shards", "Tables, folders and Parquet files are indexed in memory when they are used.");
            }

            ShardSet set;
            using (var line = output.Live(silence: TimeSpan.FromSeconds(2)))
            {
                set = ShardSet.Open(paths, missing, options, SampleNeed.Caption, parsed.GetValue(cache), verify: true,
                    progress => line.Update(progress.Describe), cancel);
            }

            var pruned = parsed.GetValue(prune)
                ? new ShardIndexFolder(parsed.GetValue(cache), options, SampleNeed.Caption).Prune()
                : default;
            var report = Report(set, pruned);
            if (parsed.GetValue(json))
            {
                output.Json(report, DataIndexJson.Default.DataIndexReport);
            }
            else
            {
                Print(output, report);
            }

            return Task.FromResult(0);
        });
        return command
            .WithExample("clipsharp data index \"train/{0..5}.tar\"")
            .WithExample("clipsharp data index \"train/{0..5}.tar\" --caption-lines --index-cache indexes --prune");
    }

    private static DataIndexReport Report(ShardSet set, (long Files, long Bytes) pruned)
    {
        int Count(ShardIndexOrigin origin) => set.Shards.Count(shard => shard.Origin == origin);
        return new DataIndexReport(set.Shards.Count, Count(ShardIndexOrigin.Kept), Count(ShardIndexOrigin.New),
            Count(ShardIndexOrigin.Anew), set.Count, set.CaptionCount, set.Shards.Sum(shard => shard.File.Length),
            set.Shards.Sum(shard => shard.Header.FileLength), set.Brought.Shards, set.Brought.Bytes, pruned.Files, pruned.Bytes,
            set.Fingerprint, set.RepairedTexts, set.Notes,
            set.Skips.Counts.ToDictionary(count => count.Key.ToString(), count => count.Value),
            [.. set.Skips.Examples.Select(example => example.ToString())]);
    }

    private static void Print(Output output, DataIndexReport report)
    {
        output.Table([new("index"), new("shards", IsNumber: true)],
            [
                ["was there", Number(report.Kept)],
                ["made", Number(report.Made)],
                ["made anew: damaged, or the shard has changed", Number(report.MadeAnew)],
            ]);
        output.Line();
        output.Line($"samples      {Number(report.Samples)}, {Number(report.Captions)} captions");
        output.Line($"bytes        {Number(report.ShardBytes)} of shards, {Number(report.IndexBytes)} of indexes");
        if (report.Fetched > 0)
        {
            output.Line($"fetched      {Number(report.Fetched)} shards, {Number(report.FetchedBytes)} bytes, into the cache of shards");
        }

        if (report.Pruned > 0)
        {
            output.Line($"removed      {Number(report.Pruned)} stale indexes, {Number(report.PrunedBytes)} bytes");
        }

        output.Line($"fingerprint  {report.Fingerprint}");
        output.Line(report.LeftOut.Count == 0 ? "nothing skipped"
            : "skipped      " + string.Join(", ", report.LeftOut.Select(reason => $"{Number(reason.Value)} {reason.Key}")));
        foreach (var example in report.Examples)
        {
            output.Line($"  {example}");
        }

        foreach (var note in report.Notes)
        {
            output.Line($"note: {note}");
        }
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>What <c>data index --json</c> prints.</summary>
/// <param name="Shards">All shards.</param>
/// <param name="Kept">Those whose index was there.</param>
/// <param name="Made">Those that had none.</param>
/// <param name="MadeAnew">Those whose index was damaged or of another state of the shard.</param>
/// <param name="Samples">Samples that can be used in training.</param>
/// <param name="Captions">Their captions.</param>
/// <param name="ShardBytes">Bytes of all shards.</param>
/// <param name="IndexBytes">Bytes of all indexes.</param>
/// <param name="Fetched">Shards that were fetched or unpacked into the cache of shards.</param>
/// <param name="FetchedBytes">Their bytes, unpacked.</param>
/// <param name="Pruned">Stale indexes that were removed.</param>
/// <param name="PrunedBytes">Their bytes.</param>
/// <param name="Fingerprint">SHA-256 over all that was found, as checkpoints keep it.</param>
/// <param name="RepairedTexts">Samples with captions that were not UTF-8.</param>
/// <param name="Notes">Remarks about shards.</param>
/// <param name="LeftOut">What was left out, by reason.</param>
/// <param name="Examples">The first few of each reason.</param>
internal sealed record DataIndexReport(int Shards, int Kept, int Made, int MadeAnew, long Samples, long Captions, long ShardBytes,
    long IndexBytes, long Fetched, long FetchedBytes, long Pruned, long PrunedBytes, string Fingerprint, long RepairedTexts,
    IReadOnlyList<string> Notes,
    IReadOnlyDictionary<string, long> LeftOut, IReadOnlyList<string> Examples);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DataIndexReport))]
internal sealed partial class DataIndexJson : JsonSerializerContext;
