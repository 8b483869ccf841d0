using System.Globalization;
using System.Text.Json.Nodes;
using ClipSharp.Cli.Reports;
using ClipSharp.Cli.Reports.Charts;
using ClipSharp.Data.Batches;
using ClipSharp.Models;
using ClipSharp.Testing;
using ClipSharp.Torch;
using ClipSharp.Torch.Loading;
using ClipSharp.Training;
using ClipSharp.Training.Memory;
using ClipSharp.Training.Optimization;
using ClipSharp.Training.Runs;
using AdamW = ClipSharp.Training.Optimization.AdamW;

namespace ClipSharp.Benchmarks;

/// <summary>What a training step has resident, beside what the ledger predicts. <c>memory step PRESET BATCH [OPTIONS]</c> takes
/// weights, gradients, moments and the peak of a step apart; <c>memory batches DATA PICTURE</c> draws the peak of whole runs over
/// the size of the batch, each in a process of its own.</summary>
internal static class StepMemory
{
    public const string Argument = "memory";

    private const string Child = "child";
    private const string Model = "ViT-Tiny-64";
    private const int Steps = 4;

    public static void Run(string[] arguments)
    {
        LibTorch.EnsureLoaded();
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        switch (arguments)
        {
            case ["step", var preset, var batch, .. var rest]:
                MeasureStep(preset, int.Parse(batch, CultureInfo.InvariantCulture), rest is [var json] ? json : "{}");
                break;
            case ["batches", var data, var picture]:
                DrawBatches(data, picture);
                break;
            case [Child, var data, var batch, var rows]:
                MeasureRun(RunOptions(data, int.Parse(batch, CultureInfo.InvariantCulture),
                    int.Parse(rows, CultureInfo.InvariantCulture)));
                break;
            default:
                throw new ArgumentException("memory step PRESET BATCH [OPTIONS], or memory batches DATA PICTURE");
        }
    }

    // OPTIONS is a recipe, such as {"memory_recipe": "paper"}.
    private static void MeasureStep(string preset, int batchSize, string json)
    {
        var members = JsonNode.Parse(json)!.AsObject();
        if (!members.ContainsKey("memory_recipe"))
        {
            members.TryAdd("precision", "fp32");
        }

        var options = TrainOptions.FromJson(members, "OPTIONS") with { BatchSize = batchSize };
        var ledger = MemoryLedger.Of(ModelPresets.Find(preset), options);
        if (!ResidentMemory.IsTold)
        {
            throw new NotSupportedException("Only Linux with glibc and /proc/self/clear_refs tells what is resident.");
        }

        // libtorch and the runtime make their code
        Train("ViT-Tiny-64", options with { BatchSize = 32, MicroBatch = null }, () => { }, _ => { });
        long weights = 0, state = 0, peak = 0;
        ResidentMemory.Settle();
        var before = ResidentMemory.Now;
        Train(preset, options, () => weights = Settled(), step =>
        {
            if (step == 0)
            {
                state = Settled();
                ResidentMemory.ForgetPeak();
            }
            else
            {
                peak = ResidentMemory.Peak - before;
            }
        });
        var held = Predicted("weights", "gradients", "moments", "average");
        Console.WriteLine($"{preset}, {batchSize} pairs, {json}: {ledger.Parameters / 1e6:0.0} M parameters");
        Console.WriteLine($"{"",-36}{"measured",10}{"predicted",11}{"ratio",8}");
        Row("weights, MiB", weights, Predicted("weights"), 1 << 20);
        Row("weights, gradients, moments, MiB", state, held, 1 << 20);
        Row("the same, bytes a parameter", state, held, ledger.Parameters);
        Row("peak of a step, MiB", peak, ledger.PeakBytes, 1 << 20);

        long Settled()
        {
            ResidentMemory.Settle();
            return ResidentMemory.Now - before;
        }

        long Predicted(params string[] kinds) =>
            ledger.Entries.Where(entry => kinds.Contains(entry.Kind)).Sum(entry => entry.Bytes);
    }

    private static void Row(string what, double measured, double predicted, double unit) =>
        Console.WriteLine($"{what,-36}{measured / unit,10:0.00}{predicted / unit,11:0.00}{predicted / measured,8:0.000}");

    private static void Train(string preset, TrainOptions options, Action made, Action<int> stepped)
    {
        var (config, precision) = (ModelPresets.Find(preset), Precision.Of(options.Precision, options.Device));
        var (pixels, tokens) = RandomInputs.Of(config, options.BatchSize);
        var batch = new TrainingBatch(0, pixels, tokens, new long[options.BatchSize], TimeSpan.Zero);
        using var model = ClipModel.Create(config);
        if (options.HalfWeights(precision) is { } type)
        {
            model.KeepMatricesAs(type, imageToo: precision.IsPure);
        }

        made();
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions(State: options.OptimizerState));
        using var average = options.EmaDecay > 0 ? new WeightAverage(model, options.EmaDecay) : null;
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-4, 0, 1000), precision, options, average);
        for (var step = 0; step < 2; step++)
        {
            trainer.Step(step, batch);
            stepped(step);
        }
    }

    private static void DrawBatches(string data, string picture)
    {
        var cached = new Curve("gradient caching, 64 rows at a time", Measure(64, [256, 512, 1024, 2048, 4096]));
        var whole = new Curve("whole batch", Measure(0, [64, 256, 512, 1024]));
        var chart = new CurveChart { Curves = [cached, whole], FromZero = true, Width = 640, Height = 340 };
        File.WriteAllText(picture,
            Standalone(chart, "Peak memory of a training run (ViT-Tiny-64, float32) in GiB over pairs a batch"));

        IReadOnlyList<CurvePoint> Measure(int rows, int[] batches) => [.. batches.Select(batch =>
        {
            var ledger = MemoryLedger.Of(ModelPresets.Find(Model), RunOptions(data, batch, rows));
            var peak = Gibibytes(Started(data, batch, rows));
            Console.WriteLine($"{Model}, batch {batch,5}, micro-batch {(rows == 0 ? "none" : rows),4}: peak of the process {peak:0.00} GiB; predicted step {Gibibytes(ledger.PeakBytes):0.00}, data {Gibibytes(ledger.DataBytes):0.00}");
            return new CurvePoint(batch, peak);
        })];
    }

    private static TrainOptions RunOptions(string data, int batch, int rows) => new()
    {
        TrainData = data,
        Model = Model,
        Precision = NumberFormat.Fp32,
        BatchSize = batch,
        MicroBatch = rows == 0 ? null : rows,
        TrainNumSamples = (long)Steps * batch,
        Epochs = 1,
        Workers = 1,
        CacheMegabytes = 0,
        Name = $"{batch}-{rows}",
    };

    private static void MeasureRun(TrainOptions options)
    {
        var logs = Directory.CreateTempSubdirectory("clipsharp-memory-");
        new TrainingRun(options with { Logs = logs.FullName }, _ => { }, (_, _) => [], TimeProvider.System)
            .Run(CancellationToken.None);
        logs.Delete(recursive: true);
        Console.WriteLine(ResidentMemory.Peak);
    }

    private static long Started(string data, int batch, int rows) =>
        long.Parse(OwnProcess.Run(Argument, Child, data, $"{batch}", $"{rows}"), CultureInfo.InvariantCulture);

    // With colours, a title and the curves' names: a report's page has these outside the picture.
    private static string Standalone(CurveChart chart, string title)
    {
        const string Style = "<style>:root{--ink:#1d1f24;--soft:#666b76;--grid:#eceae4;--bar:#b9bdc6;--card:#fff;--c0:#1f5fbf;--c1:#c2500a}"
            + "text{font:12px system-ui,sans-serif;fill:#666b76}</style>";
        var names = string.Concat(chart.Curves.Select((curve, i) =>
            $"<text style=\"fill:{ChartColors.Css(ChartColors.Series(i))}\" x=\"{chart.Width - 14}\" y=\"{14 + (18 * i)}\" text-anchor=\"end\">{HtmlText.Escaped(curve.Name)}</text>"));
        var svg = chart.ToSvg(title)
            .Replace($"0 0 {chart.Width} {chart.Height}", $"0 -24 {chart.Width} {chart.Height + 24}", StringComparison.Ordinal);
        var body = svg.IndexOf('>', StringComparison.Ordinal) + 1;
        return $"{svg[..body]}{Style}<rect y=\"-24\" width=\"100%\" height=\"100%\" fill=\"#fff\"/><text x=\"10\" y=\"-8\">{HtmlText.Escaped(title)}</text>{svg[body..^6]}{names}</svg>\n";
    }

    private static double Gibibytes(long bytes) => bytes / (double)(1L << 30);
}
