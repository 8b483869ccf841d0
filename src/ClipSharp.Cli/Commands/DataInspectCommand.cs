using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.Cli.Reports;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Files;

namespace ClipSharp.Cli.Commands;

/// <summary><c>clipsharp data inspect</c>: what is in the data, what is broken and why, and a page to look at.</summary>
internal static class DataInspectCommand
{
    public static Command Create()
    {
        var data = new Argument<string>("data")
        {
            Description = "Shards such as \"train/{000..127}.tar\", a CSV or TSV file, Parquet files, or a folder.",
        };
        var sheet = new Option<string>("--sheet")
        {
            Description = "Write an HTML page with some of the pictures and their captions.",
            HelpName = "file",
        };
        var count = new Option<int>("--sheet-samples")
        {
            Description = "Pictures on the page.",
            HelpName = "n",
            DefaultValueFactory = _ => 60,
        };
        var noDecode = new Option<bool>("--no-decode")
        {
            Description = "Look at names and captions only; broken pictures stay unseen.",
        };
        var json = SharedOptions.Json();
        var command = new Command("inspect", "Count samples, name what is broken, measure captions and pictures.")
        {
            data, sheet, count, noDecode, json,
        };
        var flags = new DataFlags(command);
        var pictures = new PictureFlags(ofDataSets: true, forModels: false);
        pictures.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var output = Output.Of(parsed);
            if (parsed.GetValue(sheet) is { } page)
            {
                AtomicFile.RequireWritable(page);
            }

            var source = SampleSources.Open(parsed.GetValue(data)!, flags.Bind(parsed));
            SampleIndex index;
            using (var progress = output.Progress("Reading", "samples", null))
            {
                index = SampleIndex.Build(source, progress: new Forward(progress), cancel: cancel);
            }

            var summary = IndexSummary.Of(index);
            var survey = parsed.GetValue(noDecode) ? null : index.Verify(pictures: pictures.Bind(parsed), cancel: cancel);
            if (parsed.GetValue(json))
            {
                output.Json(Report(index, summary, survey), InspectJson.Default.InspectReport);
            }
            else
            {
                Print(output, index, summary, survey);
            }

            if (parsed.GetValue(sheet) is { } path)
            {
                ContactSheet.Write(path, index, parsed.GetValue(data)!, parsed.GetValue(count), pictures.Bind(parsed), cancel);
                output.Note($"The page: {path}");
            }

            return Task.FromResult(0);
        });
        return command
            .WithExample("clipsharp data inspect \"train/{0..5}.tar\" --sheet train.html")
            .WithExample("clipsharp data inspect pairs.csv --csv-separator , --csv-img-key path --csv-caption-key text");
    }

    private static InspectReport Report(SampleIndex index, IndexSummary summary, PictureSurvey? survey) => new(
        Usable(summary, survey), survey is not null, summary, index.Fingerprint, index.RepairedTexts, index.Notes,
        LeftOut(index, survey),
        [.. index.Skips.Examples.Concat(survey?.Skips.Examples ?? [])
            .Select(e => new InspectSkip(Words(e.Reason), e.File, e.Key, e.Detail))], survey?.DeepGreys);

    // What is printed is counted here, as text and as JSON.
    private static long Usable(IndexSummary summary, PictureSurvey? survey) => survey?.Usable ?? summary.Samples;

    private static Dictionary<string, long> LeftOut(SampleIndex index, PictureSurvey? survey) => index.Skips.Counts
        .Concat(survey?.Skips.Counts ?? new Dictionary<SkipReason, long>())
        .GroupBy(count => count.Key, count => count.Value).OrderBy(reason => reason.Key)
        .ToDictionary(reason => Words(reason.Key), reason => reason.Sum());

    private static void Print(Output output, SampleIndex index, IndexSummary summary, PictureSurvey? survey)
    {
        var usable = Usable(summary, survey);
        output.Line($"{Number(usable)} usable samples in {Number(summary.Files)} {(summary.Files == 1 ? "file" : "files")}");
        output.Line($"captions      {Number(summary.Captions)}, {Number(summary.DistinctCaptions)} of them distinct; {PerPicture(summary)} captions a picture ({Range(summary.CaptionsPerSample)})");
        output.Line($"picture files {Range(summary.PictureBytes)} bytes");
        if (survey is not null && usable > 0)
        {
            var whole = survey.Sizes.Where(s => s.Width > 0).ToList();
            var (width, height) = (Spread.Of(whole.Select(s => (long)s.Width)), Spread.Of(whole.Select(s => (long)s.Height)));
            output.Line($"pixels        {width.Least} x {height.Least} to {width.Greatest} x {height.Greatest}, median {width.Median} x {height.Median}");
        }

        if (summary.ClassCounts.Count > 0)
        {
            output.Line($"classes       {Number(summary.ClassCounts.Count)}, each with {Range(Spread.Of(summary.ClassCounts.Select(c => (long)c)))} samples");
        }

        if (index.RepairedTexts > 0)
        {
            output.Line($"texts         {Number(index.RepairedTexts)} hold bytes that are not UTF-8 (shown as U+FFFD)");
        }

        output.Line($"fingerprint   {index.Fingerprint}");
        if (summary.Captions > 0)
        {
            output.Line();
            output.Line("words a caption");
            var most = (double)summary.CaptionWords.Max();
            var used = Enumerable.Range(0, IndexSummary.WordSteps.Count).Where(i => summary.CaptionWords[i] > 0).ToList();
            for (var i = used[0]; i <= used[^1]; i++)
            {
                var last = i + 1 == IndexSummary.WordSteps.Count;
                var (low, high) = (IndexSummary.WordSteps[i], last ? 0 : IndexSummary.WordSteps[i + 1] - 1);
                var label = last ? $"{low}+" : low == high ? $"{low}" : $"{low}-{high}";
                var number = summary.CaptionWords[i];
                output.Line($"{label,7} {Number(number),9} {Bars.Of(number / most, 40)}");
            }
        }

        output.Line();
        var leftOut = LeftOut(index, survey);
        if (leftOut.Count == 0)
        {
            output.Line(survey is null
                ? "nothing skipped (pictures were not decoded)"
                : "nothing skipped, every picture decodes");
        }
        else
        {
            var examples = index.Skips.Examples.Concat(survey?.Skips.Examples ?? []).ToLookup(e => Words(e.Reason));
            output.Table([new("skipped"), new("count", IsNumber: true), new("first of them")],
                leftOut.Select(r => (IReadOnlyList<string>)[r.Key, Number(r.Value), examples[r.Key].First().ToString()]));
        }

        foreach (var note in index.Notes)
        {
            output.Line($"note: {note}");
        }

        PictureFlags.NoteGreys(output, survey?.DeepGreys ?? 0);
    }

    private static string Range(Spread spread) =>
        spread.Least == spread.Greatest
            ? Number(spread.Least)
            : $"{Number(spread.Least)} to {Number(spread.Greatest)}, median {Number(spread.Median)}";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    // NoCaption: "no caption"
    private static string Words(SkipReason reason) =>
        string.Concat(reason.ToString()
            .Select((c, i) => char.IsUpper(c) ? (i > 0 ? " " : "") + char.ToLowerInvariant(c) : c.ToString()));

    private static string PerPicture(IndexSummary summary) =>
        (summary.Samples == 0 ? 0 : (double)summary.Captions / summary.Samples).ToString("0.0", CultureInfo.InvariantCulture);

    private sealed class Forward(IProgress<long> line) : IProgress<IndexProgress>
    {
        public void Report(IndexProgress value) => line.Report(value.Samples);
    }
}

/// <summary>What <c>data inspect --json</c> prints.</summary>
/// <param name="UsableSamples">Samples that can be used, as far as was looked.</param>
/// <param name="PicturesDecoded">Whether every picture was decoded, or names and captions looked at only.</param>
/// <param name="Summary">Figures of the samples that can be used as far as names and captions tell.</param>
/// <param name="Fingerprint">SHA-256 over names, sizes and captions.</param>
/// <param name="RepairedTexts">Samples with captions that were not UTF-8.</param>
/// <param name="Notes">Remarks about files.</param>
/// <param name="LeftOut">What was left out, by reason.</param>
/// <param name="Examples">The first few of each reason.</param>
/// <param name="DeepGreys">Pictures of 16-bit grey that lose levels in the references' preprocessing; null when pictures were not
/// decoded.</param>
internal sealed record InspectReport(long UsableSamples, bool PicturesDecoded, IndexSummary Summary, string Fingerprint,
    int RepairedTexts, IReadOnlyList<string> Notes, IReadOnlyDictionary<string, long> LeftOut,
    IReadOnlyList<InspectSkip> Examples, int? DeepGreys);

/// <summary>One loss.</summary>
internal sealed record InspectSkip(string Reason, string File, string Key, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(InspectReport))]
internal sealed partial class InspectJson : JsonSerializerContext;
