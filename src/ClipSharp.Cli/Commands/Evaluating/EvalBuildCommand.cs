using System.CommandLine;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Reports.Evaluation;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Reports;
using ClipSharp.Evaluation.Statistics;
using ClipSharp.Files;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary><c>clipsharp eval build</c>: many reports as one table, or as one page to look at.</summary>
internal static class EvalBuildCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("files")
        {
            Description = "Reports that eval or CLIP_benchmark wrote, or patterns such as \"results/*.json\".",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "The file to write: a table where it ends with .csv, a page where it ends with .html.",
            HelpName = "file",
            DefaultValueFactory = _ => "benchmark.csv",
        };
        var shifts = new Option<string[]>("--shift")
        {
            Description = "For the page: two sets, the second shifted from the first, such as imagenet1k=imagenetv2.",
            HelpName = "usual=shifted",
            AllowMultipleArgumentsPerToken = true,
        };
        var reference = new Option<string?>("--shift-models")
        {
            Description = "A table of models made for the usual set (model, accuracy_in, accuracy_shift), to which a line is fitted.",
            HelpName = "file",
        };
        var json = SharedOptions.Json();
        var command = new Command("build", "Make a table or a page of reports.") { files, output, shifts, reference, json };
        command.SetAction((parsed, cancel) =>
        {
            var told = Output.Of(parsed);
            var path = parsed.GetValue(output)!;
            var isPage = EndsWith(path, ".html") || EndsWith(path, ".htm");
            if (!isPage && !EndsWith(path, ".csv"))
            {
                throw new ClipException(ClipError.Usage, "What to make is told by the file's ending", "--output", path,
                    "a name that ends with .csv or .html", "Name it so.");
            }

            AtomicFile.RequireWritable(path);
            IReadOnlyList<DistributionShift> pairs = isPage
                ? Shifts(parsed.GetValue(shifts) ?? [], parsed.GetValue(reference)) : [];
            var reports = Read(
                [.. parsed.GetValue(files)!.SelectMany(file => File.Exists(file) ? [file] : DataPattern.Expand(file)).Distinct()],
                isPage, told, cancel);
            if (isPage)
            {
                AtomicFile.WriteText(path, EvaluationPage.Page(new MeasuredReports(reports), pairs, cancel));
            }
            else
            {
                BenchmarkTable.Write(path, [.. reports.Select(report => report.Report)]);
            }

            Tell(reports, path, parsed.GetValue(json), told);
            return Task.CompletedTask;
        });
        return command
            .WithExample("clipsharp eval build results/*.json --output benchmark.csv")
            .WithExample("clipsharp eval build \"results/*.json\" --output report.html");
    }

    private static bool EndsWith(string path, string ending) => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);

    // Each bad file has its line; none is left out of a table in silence.
    private static List<MeasuredReport> Read(IReadOnlyList<string> paths, bool withOutcomes, Output told,
        CancellationToken cancel)
    {
        var (reports, faults) = (new List<MeasuredReport>(), new List<ClipException>());
        using (var progress = told.Progress("Reading", "reports", paths.Count))
        {
            foreach (var path in paths)
            {
                cancel.ThrowIfCancellationRequested();
                try
                {
                    reports.Add(withOutcomes ? MeasuredReport.Read(path) : new MeasuredReport(BenchmarkReport.Read(path), []));
                }
                catch (ClipException e)
                {
                    faults.Add(e);
                }

                progress.Report(reports.Count + faults.Count);
            }
        }

        foreach (var fault in faults.SkipLast(1))
        {
            told.Error(fault.Message);
        }

        return faults is [.., var last] ? throw last : reports;
    }

    private static List<DistributionShift> Shifts(IReadOnlyList<string> pairs, string? reference)
    {
        var fit = reference is null ? null : new RobustnessFit(ReferenceTable.Read(reference));
        return [.. pairs.Select(pair => pair.Split('=') is [{ Length: > 0 } usual, { Length: > 0 } shifted]
            ? new DistributionShift(usual, shifted, fit)
            : throw new ClipException(ClipError.Usage, "A shift is two sets", "--shift", pair, "usual=shifted",
                "Write it as in imagenet1k=imagenetv2."))];
    }

    private static void Tell(List<MeasuredReport> reports, string path, bool isJson, Output told)
    {
        var averages = BenchmarkTable.Averages([.. reports.Select(report => report.Report)]);
        if (isJson)
        {
            told.Json(new BuildSummary(path, reports.Count, averages), BuildJson.Default.BuildSummary);
            return;
        }

        told.Table([new("model"), new("task"), new("normalised mean", IsNumber: true), new("sets", IsNumber: true)],
            averages.Select(average => (IReadOnlyList<string>)[average.Model, average.Task,
                average.Sets == 0 ? "none" : Invariant($"{average.Value:0.000}"), Invariant($"{average.Sets:N0}")]));
        told.Note($"{Invariant($"{reports.Count:N0}")} reports in {path}");
    }

    internal sealed record BuildSummary(string Output, int Reports, IReadOnlyList<ModelAverage> Averages);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(FiniteOrNull)])]
[JsonSerializable(typeof(EvalBuildCommand.BuildSummary))]
internal sealed partial class BuildJson : JsonSerializerContext;
