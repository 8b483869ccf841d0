using System.CommandLine;
using System.Globalization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Files;
using ClipSharp.Models;
using ClipSharp.Models.Layouts;
using ClipSharp.Torch;
using ClipSharp.ZeroShot;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands;

/// <summary><c>clipsharp eval</c>: how well a model names or finds the pictures of a data set.</summary>
internal static class EvalCommand
{
    public static Command Create() => Create(TorchClip.Load, ClassifierCache.OfUser());

    internal static Command Create(Func<ModelFiles, string, string, Clip> load, ClassifierCache cache)
    {
        var clip = new ClipOptions(load, readsDataSets: true);
        var data = new Option<string>("--data")
        {
            Description = "A split: its folder, or its shards; or a set with test/: its folder, or hf-hub:org/name once pulled.",
            HelpName = "pattern",
            Required = true,
        };
        var task = new Option<string>("--task")
        {
            Description = "zeroshot, retrieval, or auto: what the data set is for.",
            HelpName = "name",
            DefaultValueFactory = _ => "auto",
        };
        task.OneOf(["auto", .. EvaluationTasks.Words]);
        var classnames = new Option<string?>("--classnames")
        {
            Description = "A file of class names, one a line; else classnames.txt beside the split or in its parent folder.",
            HelpName = "path",
        };
        var templates = new Option<string?>("--templates")
        {
            Description = "A file of templates, one a line; else zeroshot_classification_templates.txt at the same places.",
            HelpName = "path",
        };
        var template = new Option<string[]>("--template")
        {
            Description = "Templates instead of a file. For retrieval one: the sentence round a caption.",
            HelpName = "text",
            AllowMultipleArgumentsPerToken = true,
        };
        var prompts = SharedOptions.Prompts();
        var recallK = new Option<string>("--recall-k")
        {
            Description = "The k of recall at k.",
            HelpName = "list",
            DefaultValueFactory = _ => "1,5,10",
        };
        var present = new Option<bool>("--classes-present")
        {
            Description = "Also choose among only the classes that occur in the split.",
        };
        var batch = SharedOptions.BatchSize();
        var seed = SharedOptions.Seed();
        var outputFile = new Option<string?>("--output", "-o")
        {
            Description = "Write the result as JSON, as CLIP_benchmark has it.",
            HelpName = "path",
        };
        var json = SharedOptions.Json();
        var command = new Command("eval", "Measure zero-shot accuracy or retrieval on a data set.")
        {
            data, task, classnames, templates, template, prompts, recallK, present, batch, seed, outputFile, json,
        }
            .WithExample("clipsharp eval --model logs/first/checkpoints/epoch_10 --data data/cifar10/test --output cifar10.json")
            .WithExample("clipsharp eval -m logs/first/checkpoints/epoch_10 --data \"data/flickr8k/val/{0..1}.tar\" --task retrieval --recall-k 1,10");
        command.Subcommands.Add(EvalBuildCommand.Create());
        var reading = new DataFlags(command, captionLines: false);
        clip.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var options = new BenchmarkOptions
            {
                Data = parsed.GetValue(data)!,
                DataOptions = reading.Bind(parsed),
                Task = parsed.GetValue(task) is { } named and not "auto" ? named : null,
                Classnames = parsed.GetValue(classnames),
                Templates = parsed.GetValue(templates),
                Template = parsed.GetValue(template) ?? [],
                Prompts = parsed.GetValue(prompts),
                RecallK = Numbers(parsed.GetValue(recallK)!),
                ClassesPresent = parsed.GetValue(present),
                Seed = parsed.GetValue(seed),
            }.Validated();
            if (parsed.GetValue(outputFile) is { } path)
            {
                AtomicFile.RequireWritable(path);
            }

            // what is not there is told before the model loads
            SampleSources.Open(BenchmarkFolder.Find(options.Data).Data, options.DataOptions);
            var modelPath = Path.TrimEndingDirectorySeparator(clip.WholePath(parsed, cancel));
            using var model = clip.Load(parsed, modelPath);
            model.BatchSize = parsed.GetValue(batch);
            Run(new Benchmark(model, ModelPlace.NameOf(modelPath), modelPath, cache), options, parsed.GetValue(outputFile),
                parsed.GetValue(json), Output.Of(parsed), cancel);
            PictureFlags.NoteGreys(Output.Of(parsed), model.Preprocessor);
            if (cache.NotKept is { } reason)
            {
                Output.Of(parsed).Note($"the classifier is not kept ({reason}); CLIPSHARP_CACHE names a writable folder");
            }

            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(Benchmark benchmark, BenchmarkOptions options, string? file, bool isJson, Output output,
        CancellationToken cancel)
    {
        BenchmarkReport report;
        using (var progress = new StageProgress(output))
        {
            report = benchmark.Run(options, progress, cancel);
        }

        foreach (var note in report.Notes ?? [])
        {
            output.Note(note);
        }

        if (isJson)
        {
            output.Line(report.ToJson(indented: false));
        }
        else
        {
            Print(report, output);
        }

        // Last: where it cannot be written any more, it was shown.
        if (file is not null)
        {
            report.Write(file);
        }
    }

    private static void Print(BenchmarkReport report, Output output)
    {
        output.Line($"{report.Model} on {report.Dataset}, {report.Split}: {report.Task}");
        output.Table([new("metric"), new("value", IsNumber: true), new("95% interval"), new("samples", IsNumber: true)],
            report.Metrics.Select(Row));
        var ties = report.Metrics.Where(metric => metric.Ties > 0).ToList();
        if (ties.Count > 0)
        {
            output.Note("ties, of which each counts its share: "
                + string.Join(", ", ties.Select(metric => Invariant($"{metric.Name} {metric.Ties:N0} of {metric.Samples:N0}"))));
        }

        if (report.Skipped is { } skipped)
        {
            output.Note("left out: " + string.Join(", ", skipped.Select(reason => Invariant($"{reason.Value:N0} {reason.Key}"))));
        }
    }

    // Shares have intervals, ranks have none; below five classes there are no five best.
    private static string[] Row(MetricValue metric) =>
    [
        metric.Name,
        !double.IsFinite(metric.Value) ? "none" : metric.Low is null ? Invariant($"{metric.Value:0.0}")
        : Invariant($"{metric.Value:0.0%}"),
        metric is { Low: { } low, High: { } high } ? Invariant($"{low:0.0%} to {high:0.0%}") : "",
        Invariant($"{metric.Samples:N0}"),
    ];

    private static int[] Numbers(string list) =>
        [.. list.Split(',').Select(item => int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out var k) ? k
            : throw new ClipException(ClipError.Usage, "An option is out of range", "--recall-k", list,
                "numbers between commas, such as 1,5,10", "Leave it out for the usual value."))];
}
