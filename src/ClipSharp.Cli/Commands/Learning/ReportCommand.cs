using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Reports;
using ClipSharp.Files;
using ClipSharp.Torch;
using ClipSharp.Training;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary><c>clipsharp report</c>: one HTML page about one or many training runs.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("run")
        {
            Description = "Run folders, as train writes them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var file = SharedOptions.Output("The HTML file.");
        var without = new Option<bool>("--no-predictions")
        {
            Description = "Do not load the last run's model to let it name pictures.",
        };
        var command = new Command("report",
            "Write a page about one or many training runs: curves, differences, predictions.") { runs, file, without };
        command.SetAction((parsed, cancel) =>
        {
            var output = Output.Of(parsed);
            AtomicFile.RequireWritable(parsed.GetValue(file)!);
            var folders = parsed.GetValue(runs)!;
            var compared = folders.Zip(Names(folders), Read).ToList();
            var predictions = parsed.GetValue(without) ? [] : Predictions(folders[^1], compared[^1].Options, output, cancel);
            AtomicFile.WriteText(parsed.GetValue(file)!, RunComparison.Page(compared, predictions));
            output.Line(parsed.GetValue(file)!);
            return Task.FromResult(0);
        });
        return command.WithExample("clipsharp report logs/first -o first.html")
            .WithExample("clipsharp report logs/lr1 logs/lr2 logs/lr3 -o rates.html");
    }

    private static ComparedRun Read(string folder, string name) =>
        new(name, RunHistory.Read(Path.Combine(folder, "metrics.jsonl")),
            TrainOptions.FromJson(TrainOptions.ReadJson(Path.Combine(folder, "config.json")), folder),
            BestCheckpoint.Read(Path.Combine(folder, "checkpoints")));

    // The last parts of the paths that tell them apart.
    private static List<string> Names(string[] folders)
    {
        var parts = folders.Select(folder => Path.GetFullPath(folder).Split('/', '\\').Where(part => part.Length > 0).ToArray())
            .ToList();
        var deepest = parts.Max(p => p.Length);
        for (var count = 1; ; count++)
        {
            var names = parts.ConvertAll(p => string.Join('/', p.TakeLast(count)));
            if (names.Distinct().Count() == names.Count || count >= deepest)
            {
                return names;
            }
        }
    }

    private static IReadOnlyList<PicturePrediction> Predictions(string folder, TrainOptions options, Output output,
        CancellationToken cancel)
    {
        var data = options.ZeroshotData?.Split("::")[0];
        if (data is null || Checkpoint.Latest(Path.Combine(folder, "checkpoints")) is not { } checkpoint)
        {
            return [];
        }

        try
        {
            using var clip = TorchClip.Load(checkpoint);
            return SamplePredictions.Take(clip, data, cancel);
        }
        catch (ClipException e)
        {
            output.Note($"without predictions: {e.Message}");
            return [];
        }
    }
}
