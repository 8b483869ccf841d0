using System.CommandLine;
using ClipSharp.Cli.Commands.Evaluating;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Templates;
using ClipSharp.Files;
using ClipSharp.Models;
using ClipSharp.Models.Layouts;

namespace ClipSharp.Cli.Commands.Prompting;

/// <summary><c>clipsharp prompts score</c>: which templates help.</summary>
internal static class PromptsScoreCommand
{
    public static Command Create(Func<ModelFiles, string, string, Clip> load, FeatureStore features)
    {
        var clip = new ClipOptions(load, readsDataSets: true);
        var sets = new SetFlags("measured");
        var choose = new Option<string?>("--choose-split")
        {
            Description = "The split by which templates are compared and chosen. [default: one half of --split; the other half measures]",
            HelpName = "name",
        };
        var metric = new Option<string?>("--metric")
        {
            Description = "What is measured: acc1, acc5 or mean_per_class_recall. [default: the set's own]",
            HelpName = "name",
        }
            .OneOf([.. TemplateScoringOptions.Metrics]);
        var greedy = new Option<int?>("--greedy")
        {
            Description = "Steps of forward selection; 0 = none. [default: while they help]",
            HelpName = "n",
        }
            .AtLeast(0);
        var prompts = new PromptFlags();
        var batch = SharedOptions.BatchSize();
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write the result: all of it where the name ends with .json, the table of templates with .csv.",
            HelpName = "file",
        };
        var json = SharedOptions.Json();
        var command = new Command("score", "Score each template, all without it, and the best together.");
        sets.AddTo(command);
        foreach (var option in (Option[])[choose, metric, greedy])
        {
            command.Options.Add(option);
        }

        prompts.AddTo(command, withSentences: false);
        sets.AddReadingTo(command);
        foreach (var option in (Option[])[batch, output, json])
        {
            command.Options.Add(option);
        }

        command
            .WithExample("clipsharp prompts score -m logs/first/checkpoints/epoch_10 --dataset data/pets --template \"{}\" \"a {}\" \"a picture of a {}.\"")
            .WithExample("clipsharp prompts score -m logs/first/checkpoints/epoch_10 --dataset data/pets --templates templates.txt --output scores.csv");
        var reading = new DataFlags(command, captionLines: false);
        clip.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var told = Output.Of(parsed);
            var path = Writable(parsed.GetValue(output));
            var options = prompts.Bind(parsed, sets.BindSingle(parsed, reading));
            var place = BenchmarkFolder.Find(options.Data, options.Split, options.DatasetRoot, options.DataOptions);
            SampleSources.Open(place.Data, options.DataOptions); // what is not there is told before the model loads
            var scoring = new TemplateScoringOptions
            {
                Metric = parsed.GetValue(metric),
                ChooseSplit = parsed.GetValue(choose),
                Steps = parsed.GetValue(greedy),
            };
            var modelPath = clip.WholePath(parsed, cancel);
            using var model = clip.Load(parsed, modelPath);
            model.BatchSize = parsed.GetValue(batch);
            var store = sets.Features(parsed, features);
            var report = Run(new TemplateScoring(model, ModelPlace.NameOf(modelPath), modelPath, store), options, scoring, told,
                cancel);
            Tell(report, path, parsed.GetValue(json), told);
            PictureFlags.NoteGreys(told, model.Preprocessor);
            SetFlags.NoteStore(store, told);
            return Task.CompletedTask;
        });
        return command;
    }

    private static string? Writable(string? path)
    {
        if (path is null)
        {
            return null;
        }

        if (!IsCsv(path) && !path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            throw new ClipException(ClipError.Usage, "What to write is told by the file's ending", "--output", path,
                "a name that ends with .json or .csv", "Name it so.");
        }

        AtomicFile.RequireWritable(path);
        return path;
    }

    private static bool IsCsv(string path) => path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);

    private static TemplateReport Run(TemplateScoring scoring, BenchmarkOptions options, TemplateScoringOptions how, Output told,
        CancellationToken cancel)
    {
        using var progress = new StageProgress(told);
        return scoring.Run(options, how, progress, cancel);
    }

    private static void Tell(TemplateReport report, string? path, bool isJson, Output told)
    {
        foreach (var note in report.Notes ?? [])
        {
            told.Note(note);
        }

        if (isJson)
        {
            told.Line(report.ToJson(indented: false));
        }
        else
        {
            TemplateTables.Print(report, told);
        }

        // Last: where it cannot be written any more, it was shown.
        if (path is not null)
        {
            AtomicFile.WriteText(path, IsCsv(path) ? report.ToCsv() : report.ToJson() + "\n");
        }
    }
}
