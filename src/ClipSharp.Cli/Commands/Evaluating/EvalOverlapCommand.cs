using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.Cli.Reports.Evaluation;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Overlaps;
using ClipSharp.Files;
using ClipSharp.Models;
using ClipSharp.Models.Layouts;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary><c>clipsharp eval overlap</c>: which test pictures training has seen, and what that is worth.</summary>
internal static class EvalOverlapCommand
{
    public static Command Create(Func<ModelFiles, string, string, Clip> load, FeatureStore features)
    {
        var clip = new ClipOptions(load, readsDataSets: true);
        var train = new Option<string[]>("--train", "--train-data")
        {
            Description = "The training data: shards, Parquet files, tables or folders of pictures.",
            HelpName = "patterns",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var sets = new SetFlags("compared");
        var near = new Option<double>("--near")
        {
            Description = "The least cosine of a picture and its copy.",
            HelpName = "cosine",
            DefaultValueFactory = _ => OverlapRule.Default.Near,
        };
        var distance = new Option<int>("--hash-distance")
        {
            Description = "The most bits, of 255, in which the perceptual hashes of a picture and its copy differ.",
            HelpName = "bits",
            DefaultValueFactory = _ => OverlapRule.Default.HashDistance,
        };
        var outcomes = new Option<string[]>("--results")
        {
            Description = "Results that eval --output wrote on these sets: their accuracy is split by overlap.",
            HelpName = "files",
            AllowMultipleArgumentsPerToken = true,
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write all figures and pairs as JSON.",
            HelpName = "file",
        };
        var html = new Option<string?>("--html")
        {
            Description = "Write a page of the nearest pairs, to choose --near and --hash-distance by eye.",
            HelpName = "file",
        };
        var batch = SharedOptions.BatchSize();
        var json = SharedOptions.Json();
        var command = new Command("overlap", "Find test pictures that training has seen, and what that is worth.") { train };
        sets.AddTo(command);
        foreach (var option in (Option[])[near, distance, outcomes, output, html, batch])
        {
            command.Options.Add(option);
        }

        sets.AddReadingTo(command, isDrawn: false);
        command.Options.Add(json);
        command
            .WithExample("clipsharp eval overlap -m logs/first/checkpoints/epoch_10 --train shapes/train --dataset shapes/val --html pairs.html");
        var reading = new DataFlags(command, captionLines: false);
        clip.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var plan = OverlapPlan.Make(new OverlapOptions
            {
                Train = parsed.GetValue(train)!,
                Datasets = sets.Datasets(parsed),
                DatasetRoot = sets.Root(parsed),
                Split = sets.Split(parsed),
                Outcomes = parsed.GetValue(outcomes) ?? [],
                Rule = new OverlapRule(parsed.GetValue(near), parsed.GetValue(distance)),
                DataOptions = reading.Bind(parsed),
                NumWorkers = sets.Workers(parsed),
            });
            foreach (var written in new[] { parsed.GetValue(output), parsed.GetValue(html) }.OfType<string>())
            {
                AtomicFile.RequireWritable(written);
            }

            var told = Output.Of(parsed);
            var path = clip.PathOf(parsed);
            using var model = clip.Load(parsed, path, withTexts: false);
            model.BatchSize = parsed.GetValue(batch);
            var store = sets.Features(parsed, features);
            OverlapReport report;
            using (var progress = new StageProgress(told))
            {
                report = new OverlapStudy(model, ModelPlace.NameOf(path), store).Run(plan, progress, cancel);
            }

            Tell(report, parsed.GetValue(json), told);
            SetFlags.NoteStore(store, told);
            PictureFlags.NoteGreys(told, model.Preprocessor);
            if (parsed.GetValue(html) is { } page)
            {
                AtomicFile.WriteText(page, OverlapPage.Page(report, cancel));
            }

            // Last: where it cannot be written any more, it was shown.
            if (parsed.GetValue(output) is { } file)
            {
                report.Write(file);
            }

            return Task.CompletedTask;
        });
        return command;
    }

    private static void Tell(OverlapReport report, bool isJson, Output told)
    {
        if (isJson)
        {
            told.Line(report.ToJson(indented: false));
            return;
        }

        OverlapTables.Print(report, told);
    }
}
