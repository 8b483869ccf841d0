using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Reports;
using ClipSharp.Data;
using ClipSharp.Data.Sources;
using ClipSharp.Data.Synthetic;
using ClipSharp.Evaluation;
using ClipSharp.Torch;
using ClipSharp.Training;
using ClipSharp.Training.Runs;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Commands;

/// <summary><c>clipsharp quickstart</c>: draws the built-in corpus, trains a CLIP on it from scratch, lets it name combinations it never saw,
/// and writes a page about it. Goes on where it was stopped.</summary>
internal static class QuickstartCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var folder = new Option<string>("--output", "-o")
        {
            Description = "The folder for corpus, run and page.",
            HelpName = "path",
            DefaultValueFactory = _ => Path.Combine("runs", "quickstart"),
        };
        var samples = new Option<int>("--samples") { Description = "Training pictures.", HelpName = "n", DefaultValueFactory = _ => 20_000 };
        var epochs = new Option<int>("--epochs") { Description = "Passes over them.", HelpName = "n", DefaultValueFactory = _ => 7 };
        var command = new Command("quickstart", "Train a CLIP on drawn shapes and let it name what it never saw, in minutes.") { folder, samples, epochs };
        command.SetAction((parsed, cancel) =>
        {
            Run(parsed.GetValue(folder)!, parsed.GetValue(samples), parsed.GetValue(epochs), Output.Of(parsed), cancel);
            return Task.CompletedTask;
        });
        return command.WithExample("clipsharp quickstart");
    }

    private static void Run(string folder, int samples, int epochs, Output output, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var corpus = Path.Combine(folder, "corpus");
        if (Directory.Exists(corpus))
        {
            RequirePictures(corpus, samples, cancel);
        }
        else
        {
            using var progress = output.Progress("Drawing", "pictures", samples + 2000);
            CorpusWriter.Write(corpus, new CorpusOptions { Samples = samples }, progress, cancel);
        }

        output.Note(Invariant($"Corpus: {samples:N0} pictures of shapes with captions in {corpus}; {File.ReadLines(Path.Combine(corpus, "heldout.txt")).Count()} of {Combination.Count} combinations never occur in them."));
        var options = Options(folder, corpus, epochs);
        var end = Train(options, folder, output, cancel);
        if (!end.Completed)
        {
            output.Note("Stopped. The same command goes on from here.");
            return;
        }

        using var clip = TorchClip.Load(end.Checkpoint!);
        var classifier = Classifier(clip, corpus);
        var (accuracy, sheet) = Measure(clip, classifier, corpus, cancel);
        var page = Path.Combine(folder, "report.html");
        RunReport.Write(page, new RunReportData
        {
            Title = "ClipSharp quickstart",
            Summary = $"A CLIP trained from scratch on {samples:N0} drawn pictures with captions, asked to name pictures of combinations that it never saw together.",
            Facts =
            [
                ("Training", Invariant($"{end.Training.TotalMinutes:0.0} min, {end.Steps:N0} steps of {options.BatchSize} pairs")),
                ("All in all", Invariant($"{clock.Elapsed.TotalMinutes:0.0} min")),
                ("Model", options.Model),
                ("Engine", clip.Encoder.Engine),
                ("Machine", Invariant($"{Environment.ProcessorCount} cores, {RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}")),
            ],
            Accuracy = accuracy,
            BatchSize = options.BatchSize,
            History = RunHistory.Read(Path.Combine(folder, "train", "metrics.jsonl")),
            Predictions = sheet,
            PredictionsNote = $"The first {SamplePredictions.Shown} held-out pictures, not the best ones.",
        });
        output.Line(Invariant($"Held-out pictures named rightly: {accuracy.Correct} of {accuracy.Pictures} ({accuracy.Value:P1}), out of {accuracy.Classes} names (chance {accuracy.Chance:P1})"));
        output.Line(Invariant($"Time: {clock.Elapsed.TotalMinutes:0.0} min, of which training {end.Training.TotalMinutes:0.0} min"));
        output.Line($"Model: {end.Checkpoint}");
        output.Line($"Page:  {page}");
    }

    private static void RequirePictures(string corpus, int samples, CancellationToken cancel)
    {
        var index = SampleIndex.Build(SampleSources.Open(Path.Combine(corpus, "train"), new DataOptions()), SampleNeed.Caption, cancel: cancel);
        if (index.Count != samples)
        {
            throw new ClipException(ClipError.CannotCreate, "There is another corpus", corpus, Invariant($"{index.Count:N0} training pictures"),
                Invariant($"{samples:N0}"), "Choose another folder with --output, or the same --samples.");
        }
    }

    private static TrainingEnd Train(TrainOptions options, string folder, Output output, CancellationToken cancel)
    {
        try
        {
            return TrainCommand.Run(options, output, cancel);
        }
        catch (ClipException e) when (e.Kind == ClipError.Config)
        {
            throw new ClipException(ClipError.Config, "The run there was begun with other options", folder, "another one begun here", "the same options",
                "Choose another folder with --output, or the options as they were.", e);
        }
    }

    private static TrainOptions Options(string folder, string corpus, int epochs) => new TrainOptions
    {
        TrainData = Path.Combine(corpus, "train"),
        ZeroshotData = Path.Combine(corpus, "heldout"),
        ZeroshotFrequency = 1,
        Model = "RN-Tiny-64",
        VocabSize = 640,
        BatchSize = 128,
        Epochs = epochs,
        Lr = 1e-3,
        Wd = 0.1,
        Logs = folder,
        Name = "train",
        Resume = "latest",
        Keep = 1,
    }.Validated("quickstart");

    private static ZeroShotClassifier Classifier(Clip clip, string corpus) => clip.BuildClassifier(
        ClassNames.ReadFile(Path.Combine(corpus, "classnames.txt")),
        PromptTemplate.ReadFile(Path.Combine(corpus, "zeroshot_classification_templates.txt")));

    private static (HeadlineAccuracy Accuracy, IReadOnlyList<PicturePrediction> Sheet) Measure(
        Clip clip, ZeroShotClassifier classifier, string corpus, CancellationToken cancel)
    {
        var index = SampleIndex.Build(SampleSources.Open(Path.Combine(corpus, "heldout"), new DataOptions()), SampleNeed.Class, cancel: cancel);
        var pictures = EncodedPictures.Encode(clip, index, cancel: cancel);
        var top = classifier.Top(pictures.Vectors, clip.Encoder.LogitScale, SamplePredictions.Names);
        var right = Enumerable.Range(0, top.Count).Count(i => top[i][0].Label == classifier.Names[index.Class(pictures.SampleIds[i])]);
        var sheet = Enumerable.Range(0, Math.Min(SamplePredictions.Shown, top.Count))
            .Select(i => SamplePredictions.Of(index, pictures.SampleIds[i], classifier, top[i]));
        return (new HeadlineAccuracy(right, top.Count, classifier.Names.Count,
            $"of pictures whose combination of texture, colour and shape never occurred in training are named rightly, out of all {classifier.Names.Count} combinations"),
            [.. sheet]);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
