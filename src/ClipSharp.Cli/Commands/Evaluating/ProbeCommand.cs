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
using ClipSharp.Torch;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary><c>clipsharp probe</c>: trains a linear classifier on a model's features and keeps it.</summary>
internal static class ProbeCommand
{
    public static Command Create() => Create(TorchClip.Load, FeatureStore.OfUser());

    internal static Command Create(Func<ModelFiles, string, string, Clip> load, FeatureStore features)
    {
        var clip = new ClipOptions(load, readsDataSets: true);
        var dataset = new Option<string>("--dataset", "--data")
        {
            Description = "Labelled pictures: a folder of class folders, a table, shards, a name of docs/datasets.md, or hf-hub:org/name once pulled.",
            HelpName = "name",
            Required = true,
        };
        var root = SharedOptions.DatasetRoot();
        var split = new Option<string>("--split")
        {
            Description = "The split that the probe is measured on.",
            HelpName = "name",
            DefaultValueFactory = _ => "test",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "A file to store the probe in, for probe predict.",
            HelpName = "file",
        };
        var learning = new ProbeFlags();
        var batch = SharedOptions.BatchSize();
        var seed = SharedOptions.Seed();
        var json = SharedOptions.Json();
        var command = new Command("probe", "Train a linear classifier on a model's features.") { dataset, root, split };
        learning.AddTo(command);
        foreach (var option in (Option[])[batch, seed, output, json])
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
            var options = learning.Bind(parsed, new BenchmarkOptions
            {
                Data = parsed.GetValue(dataset)!,
                DatasetRoot = parsed.GetValue(root),
                Split = parsed.GetValue(split)!,
                DataOptions = reading.Bind(parsed),
                Seed = parsed.GetValue(seed),
            }).Validated();
            BenchmarkFolder.Find(options.Data, options.Split, options.DatasetRoot); // told before the model loads
            var path = parsed.GetValue(output);
            if (path is not null)
            {
                AtomicFile.RequireWritable(path);
            }

            using var model = clip.Load(parsed, withTexts: false);
            model.BatchSize = parsed.GetValue(batch);
            var training = new ProbeTraining();
            var named = clip.NameOf(parsed, null);
            var benchmark = new Benchmark(model, ModelPlace.NameOf(named), named, null, features);
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

        return report;
    }
}
