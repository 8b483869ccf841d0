using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Shapes;

namespace ClipSharp.Cli.Commands;

/// <summary>Writes the built-in corpus of coloured shapes with captions.</summary>
internal static class DataSynthesizeCommand
{
    private const int ExamplesShown = 4;

    public static Command Create()
    {
        var defaults = new CorpusOptions();
        var folder = SharedOptions.Output("The folder to write; it must not exist yet.");
        var samples = Number("--samples", "Training pictures.", defaults.Samples);
        var val = Number("--val-samples", "Pictures for retrieval.", defaults.ValSamples);
        var heldout = Number("--heldout-samples", "Pictures of combinations that training never shows.", defaults.HeldoutSamples);
        var side = Number("--image-size", "Pixels of width and height.", defaults.ImageSize);
        var pairs = new Option<double>("--pair-prob")
        {
            Description = "How often a picture shows two shapes.",
            HelpName = "0..1",
            DefaultValueFactory = _ => defaults.PairProb,
        };
        var seed = SharedOptions.Seed();
        var workers = new Option<int?>("--workers")
        {
            Description = "Threads, all cores unless given; the bytes are the same for any number.",
            HelpName = "n",
        };
        var command = new Command("synthesize", "Write the built-in corpus: pictures of coloured shapes with captions.")
        {
            folder, samples, val, heldout, side, pairs, seed, workers,
        };
        command.SetAction((parsed, cancel) =>
        {
            var options = new CorpusOptions
            {
                Samples = parsed.GetValue(samples),
                ValSamples = parsed.GetValue(val),
                HeldoutSamples = parsed.GetValue(heldout),
                ImageSize = parsed.GetValue(side),
                PairProb = parsed.GetValue(pairs),
                Seed = parsed.GetValue(seed),
                Workers = parsed.GetValue(workers) ?? defaults.Workers,
            };
            return Task.Run(() => Run(parsed.GetValue(folder)!, options, Output.Of(parsed), cancel), cancel);
        });
        return command.WithExample("clipsharp data synthesize -o shapes --samples 20000");
    }

    private static void Run(string folder, CorpusOptions options, Output output, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        CorpusSummary summary;
        using (var progress = output.Progress("Drawing", "pictures",
            (long)options.Samples + options.ValSamples + options.HeldoutSamples))
        {
            summary = CorpusWriter.Write(folder, options, progress, cancel);
        }

        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{folder}: {summary.Samples:N0} training pictures with {summary.Captions:N0} captions, {summary.ValSamples:N0} for retrieval, {summary.HeldoutSamples:N0} of held-out combinations"));
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{summary.Shards} shards, {ByteSize.Megabytes(summary.Bytes)}, {watch.Elapsed.TotalSeconds:0.0} s"));
        var examples = string.Join(", ", summary.HeldOut.Take(ExamplesShown).Select(c => c.Name));
        output.Line($"{summary.HeldOut.Count} of {Combination.Count} combinations never occur in training (heldout.txt): {examples}, ...");
    }

    private static Option<int> Number(string name, string description, int standard) =>
        new(name) { Description = description, HelpName = "n", DefaultValueFactory = _ => standard };
}
