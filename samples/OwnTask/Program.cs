// Measures a model by a task of one's own:
// dotnet run -c Release --project samples/OwnTask -- MODEL DATA
using System.Globalization;
using ClipSharp;
using ClipSharp.Evaluation;
using ClipSharp.Torch;

if (args.Length != 2)
{
    Console.Error.WriteLine("Give a model folder, and pictures with captions.");
    return (int)ClipError.Usage;
}

try
{
    using var clip = TorchClip.Load(args[0]);
    var report = new Benchmark(clip, args[0], args[0]).Run(new CaptionScore(), new BenchmarkOptions { Data = args[1] });
    foreach (var metric in report.Metrics)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.Dataset}: {metric.Name} {metric.Value:0.000} ({metric.Low:0.000} to {metric.High:0.000}) of {metric.Samples}"));
    }

    return 0;
}
catch (ClipException e)
{
    Console.Error.WriteLine(e.Message);
    return (int)e.Kind;
}
