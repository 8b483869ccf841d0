using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Reports;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Statistics;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Files;
using ClipSharp.Images.Decoding;
using ClipSharp.Shapes;
using ClipSharp.Torch;
using ClipSharp.Training;
using ClipSharp.Training.Doctor;
using ClipSharp.Training.Runs;
using ClipSharp.ZeroShot;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary>A first run: corpus, training, measure, page, and what to type next.</summary>
internal sealed class Quickstart
{
    private const int VocabSize = 700; // every word of the captions is one token, or nearly
    private const int Examples = 24;
    private const int ExampleSize = 256;

    private readonly Output _output;
    private readonly string _folder;
    private readonly CorpusOptions _drawing;
    private TrainOptions _training;

    public Quickstart(QuickstartOptions options, Output output)
    {
        (_output, _folder) = (output, options.Folder);
        _drawing = new CorpusOptions
        {
            Samples = options.Samples,
            ImageSize = 32,
            PairProb = 0,
            Seed = options.Seed,
        }.Validated("quickstart");
        _training = new TrainOptions
        {
            TrainData = Path.Combine(Corpus, "train"),
            CaptionLines = true,
            ZeroshotData = Path.Combine(Corpus, "heldout"),
            ZeroshotFrequency = 1,
            Model = "RN-Tiny-32",
            VocabSize = VocabSize,
            BatchSize = 64,
            Epochs = options.Epochs,
            Lr = 1e-3,
            Wd = 0.1,
            Seed = options.Seed,
            Logs = _folder,
            Name = "train",
            Resume = "latest",
            Keep = 1,
        }.Validated("quickstart");
    }

    private string Corpus => Path.Combine(_folder, "corpus");

    private string Pictures => Path.Combine(_folder, "pictures");

    private string Index => Path.Combine(_folder, "pictures.index");

    private string RunFolder => Path.Combine(_folder, "train");

    /// <summary>Does what is not done yet.</summary>
    public void Run(CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        RunChecks.Require(_training, needsData: false);
        var begun = Path.Combine(RunFolder, "config.json");
        var goesOn = File.Exists(begun);
        _training = _training with
        {
            Precision = goesOn
            ? TrainOptions.FromJson(TrainOptions.ReadJson(begun), begun).Precision
            : FasterFormat(cancel)
        };

        Draw(cancel);
        var end = Train(cancel);
        if (!end.Completed)
        {
            return;
        }

        using var clip = TorchClip.Load(end.Checkpoint!);
        var classifier = clip.BuildClassifier(
            ClassNames.ReadFile(Path.Combine(Corpus, "classnames.txt")),
            PromptTemplate.ReadFile(Path.Combine(Corpus, "zeroshot_classification_templates.txt")), cancel: cancel);
        var accuracy = Measure(clip, classifier, cancel);
        var page = Path.Combine(_folder, "report.html");
        RunReport.Write(page, Report(clip, classifier, accuracy, end, clock.Elapsed));
        _output.Line(Invariant($"Held-out pictures named rightly: {accuracy.Correct} of {accuracy.Pictures} ({accuracy.Value:P1}), out of {accuracy.Classes} names (chance {accuracy.Chance:P1})"));
        _output.Line(goesOn
            ? Invariant($"Time: {Minutes(clock.Elapsed)} min since this start; training {Minutes(end.Training)} min in all")
            : Invariant($"Time: {Minutes(clock.Elapsed)} min, of which training {Minutes(end.Training)} min"));
        _output.Line($"Model: {end.Checkpoint}");
        _output.Line($"Page:  {page}");
        SayNext();
    }

    // In the first seconds, before anything is written. Small grids may be slower in bfloat16 on a processor that has it.
    private NumberFormat FasterFormat(CancellationToken cancel)
    {
        var trials = new[] { NumberFormat.Fp32, Precision.Of(NumberFormat.Auto, _training.Device).Format }.Distinct()
            .Select(format => SpeedTrial.Run(_training with { Precision = format }, VocabSize, cancel))
            .OrderByDescending(trial => trial.PairsPerSecond).ToList();
        var pairs = (long)_drawing.Samples * _training.Epochs;
        var time = TimeSpan.FromSeconds(pairs / trials[0].PairsPerSecond);
        var speeds = string.Join(" and ",
            trials.Select(trial => Invariant($"{trial.PairsPerSecond:N0} in {trial.Precision.Name}")));
        _output.Note(Invariant($"Pairs a second that this machine trains: {speeds}. So {pairs:N0} take about {TimeLeft.Of(time)}. ")
            + "Drawing and measuring add some seconds.");
        return trials[0].Precision.Format;
    }

    private void Draw(CancellationToken cancel)
    {
        if (Directory.Exists(Corpus))
        {
            RequirePictures(cancel);
        }
        else
        {
            using var progress = _output.Progress("Drawing", "pictures",
                (long)_drawing.Samples + _drawing.ValSamples + _drawing.HeldoutSamples);
            CorpusWriter.Write(Corpus, _drawing, progress, cancel);
        }

        if (!Directory.Exists(Pictures))
        {
            CorpusExamples.Write(Pictures, _drawing, Examples, ExampleSize);
        }

        var heldOut = File.ReadLines(Path.Combine(Corpus, "heldout.txt")).Count();
        _output.Note(Invariant($"Corpus: {_drawing.Samples:N0} pictures of shapes with captions in {Corpus}; {heldOut} of {Combination.Count} combinations never occur in them."));
    }

    private void RequirePictures(CancellationToken cancel)
    {
        var index = SampleIndex.Build(SampleSources.Open(Path.Combine(Corpus, "train"), new DataOptions()), SampleNeed.Caption,
            cancel: cancel);
        if (index.Count != _drawing.Samples)
        {
            throw new ClipException(ClipError.CannotCreate, "There is another corpus", Corpus,
                Invariant($"{index.Count:N0} training pictures"),
                Invariant($"{_drawing.Samples:N0}"), "Choose another folder with --output, or the same --samples.");
        }
    }

    private TrainingEnd Train(CancellationToken cancel)
    {
        try
        {
            return TrainCommand.Run(_training, _output, cancel, goOn: "the same command");
        }
        catch (ClipException e) when (e.Kind == ClipError.Config)
        {
            throw new ClipException(ClipError.Config, "The run there was begun with other options", _folder, "another run",
                "one begun with the same options",
                "Choose another folder with --output, or the options as they were.", e);
        }
    }

    private HeadlineAccuracy Measure(Clip clip, ZeroShotClassifier classifier, CancellationToken cancel)
    {
        var index = SampleIndex.Build(SampleSources.Open(Path.Combine(Corpus, "heldout"), new DataOptions()), SampleNeed.Class,
            cancel: cancel);
        var pictures = FeatureSet.Encode(clip, index, cancel: cancel);
        int[] labels = [.. pictures.SampleIds.Select(index.Class)];
        var outcomes = ZeroShotClassification.OfVectors(pictures.Vectors, labels, classifier.Weights, clip.Logits,
            cancel: cancel);
        var accuracy = Intervals.Measure(new TopK("acc1", 1), outcomes, cancel: cancel);
        var right = (int)Math.Round(accuracy.Value * accuracy.Samples); // whole but for ties
        return new HeadlineAccuracy(right, accuracy.Samples, classifier.Names.Count,
            $"of pictures whose combination of texture, colour and shape never occurred in training are named rightly, out of all {classifier.Names.Count} combinations");
    }

    private RunReportData Report(Clip clip, ZeroShotClassifier classifier, HeadlineAccuracy accuracy, TrainingEnd end,
        TimeSpan sinceStart)
    {
        var examples = CorpusExamples.In(Pictures, _drawing, Examples);
        var top = classifier.Top(clip.EncodeImages([.. examples.Select(e => e.Path)]), clip.Logits,
            SamplePredictions.Names);
        return new RunReportData
        {
            Title = "ClipSharp quickstart",
            Summary = $"A CLIP trained from scratch on {_drawing.Samples:N0} drawn pictures with captions, asked to name pictures of combinations that it never saw together.",
            Facts =
            [
                ("Training", Invariant($"{Minutes(end.Training)} min, {end.Steps:N0} steps of {_training.BatchSize} pairs")),
                ("Since this start", Invariant($"{Minutes(sinceStart)} min")),
                ("Model", _training.Model),
                ("Engine", clip.Encoder.Engine),
                ("Machine", Invariant($"{Environment.ProcessorCount} cores, {RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}")),
            ],
            Accuracy = accuracy,
            BatchSize = _training.BatchSize,
            History = RunHistory.Read(Path.Combine(RunFolder, "metrics.jsonl")),
            Predictions = [.. examples.Zip(top,
                (e, guesses) => new PicturePrediction(PictureFile.Read(e.Path), e.Shown.Name, guesses))],
            PredictionsNote = $"The first {Examples} held-out pictures, not the best ones, drawn large; the model sees them at {_drawing.ImageSize} pixels.",
        };
    }

    private void SayNext()
    {
        var example = CorpusExamples.In(Pictures, _drawing, 1)[0];
        var (texture, color, outline) = example.Shown;
        var others = Combination.All.Where(c => c.Color == color && (c.Texture == texture) != (c.Outline == outline))
            .Select(c => c.Name);
        _output.Line();
        _output.Line("Next, name a picture, a file of yours in place of this one:");
        _output.Line($"  {Launcher.Name} zeroshot -m {Quoted(RunFolder)} -i {Quoted(example.Path)} --labels \"{string.Join(',', others.Prepend(example.Shown.Name).Take(4))}\"");
        _output.Line("Find pictures by words, in a folder of yours in place of this one:");
        _output.Line($"  {Launcher.Name} index {Quoted(Pictures)} --index {Quoted(Index)} -m {Quoted(RunFolder)}");
        _output.Line($"  {Launcher.Name} search \"{example.Shown.Name}\" --index {Quoted(Index)}");
        _output.Line("Look at what it finds in a browser, and let an application ask it, on this machine alone:");
        _output.Line($"  {Launcher.Name} serve --index {Quoted(Index)}");
        _output.Line("Train on your own pairs, a folder of pictures with captions in .txt files, one a line, in place of this one:");
        _output.Line($"  {Launcher.Name} train --train-data {Quoted(Pictures)} --caption-lines --pretrained {Quoted(RunFolder)} --batch-size {Examples} --epochs 5 --name mine");
    }

    private static string Quoted(string path) => path.Any(char.IsWhiteSpace) ? $"\"{path}\"" : path;

    private static string Minutes(TimeSpan time) => time.TotalMinutes.ToString("0.0", CultureInfo.InvariantCulture);
}
