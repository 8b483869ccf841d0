using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Probes.Trained;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Files;
using ClipSharp.Models;
using ClipSharp.Models.Layouts;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary><c>clipsharp probe</c>: trains a linear classifier on a model's features and keeps it.</summary>
internal static class ProbeCommand
{
    public static Command Create() => Create(ClipOptions.LoadTorch, FeatureStore.OfUser());

    internal static Command Create(Func<ModelFiles, string, string, Clip> load, FeatureStore features)
    {
        var clip = new ClipOptions(load, readsDataSets: true);
        var sets = new SetFlags("measured");
        var output = new Option<string?>("--output", "-o")
        {
            Description = "A file to store the probe in, for probe predict.",
            HelpName = "file",
        };
        var learning = new ProbeFlags();
        var batch = SharedOptions.BatchSize();
        var json = SharedOptions.Json();
        var command = new Command("probe", "Train a linear classifier on a model's features.");
        sets.AddTo(command);
        learning.AddTo(command);
        sets.AddReadingTo(command);
        foreach (var option in (Option[])[batch, output, json])
        {
            command.Options.Add(option);
        }

        command.WithExample("clipsharp probe --model logs/first/checkpoints/epoch_10 --dataset pets --output pets.safetensors");
        command.Subcommands.Add(ProbePredictCommand.Create(load));
        var reading = new DataFlags(command, captionLines: false);
        clip.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var told = Output.Of(parsed);
            var options = learning.Bind(parsed, sets.BindSingle(parsed, reading)).Validated();
            var path = parsed.GetValue(output);
            if (path is not null)
            {
                AtomicFile.RequireWritable(path);
            }

            using var model = clip.Load(parsed, withTexts: false);
            model.BatchSize = parsed.GetValue(batch);
            var training = new ProbeTraining();
            var named = clip.NameOf(parsed, null);
            var store = sets.Features(parsed, features);
            var benchmark = new Benchmark(model, ModelPlace.NameOf(named), named, null, store);
            var report = Measure(benchmark, training, options, told, cancel);
            if (path is not null)
            {
                ProbeFile.Write(path, training.Probe!, model);
            }

            if (parsed.GetValue(json))
            {
                told.Line(report.ToJson(indented: false));
            }
            else
            {
                EvalTables.Print(report, told);
            }

            SetFlags.NoteStore(store, told);
            PictureFlags.NoteGreys(told, model.Preprocessor);
            return Task.FromResult(0);
        });
        return command;
    }

    private static BenchmarkReport Measure(Benchmark benchmark, ProbeTraining training, BenchmarkOptions options, Output output,
        CancellationToken cancel)
    {
        BenchmarkReport report;
        using (var progress = new StageProgress(output))
        {
            report = benchmark.Run(training, options, progress, cancel);
        }

        foreach (var note in report.Notes ?? [])
        {
            output.Note(note);
        }

        // The folder is the set, not a split of its parent.
        return training.IsCut ? report with { Dataset = report.Split, Split = "held out" } : report;
    }
}
