using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Files;
using ClipSharp.Text;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands;

/// <summary>What to learn a vocabulary from.</summary>
/// <param name="CaptionFiles">Files of captions.</param>
/// <param name="TrainData">Shards, CSV files or folders whose captions are used.</param>
/// <param name="Reading">How tables are read.</param>
/// <param name="VocabularySize">The tokens wanted.</param>
/// <param name="Output">The folder to make.</param>
internal sealed record TokenizerTrainOptions(
    IReadOnlyList<string> CaptionFiles, IReadOnlyList<string> TrainData, DataOptions Reading, int VocabularySize, string Output);

/// <summary><c>clipsharp tokenizer train</c>: a vocabulary of one's own.</summary>
internal static class TokenizerCommand
{
    private const int SampleSize = 10_000;
    private const int ShownExamples = 3;

    public static Command Create() => new("tokenizer", "Make a vocabulary.") { Train() };

    private static Command Train()
    {
        var captions = new Option<string[]>("--captions")
        {
            Description = "Files of captions, one a line (.gz too; - for stdin), JSON lines (*.jsonl), or tables (*.csv, *.tsv), whose captions are taken.",
            HelpName = "paths",
            AllowMultipleArgumentsPerToken = true,
        };
        var data = new Option<string[]>("--train-data")
        {
            Description = "Shards, CSV files, Parquet files or folders of pictures whose captions to learn from.",
            HelpName = "patterns",
            AllowMultipleArgumentsPerToken = true,
        };
        var size = new Option<int>("--vocab-size")
        {
            Description = "Tokens wanted; 2000 to 8000 suit some ten thousand captions.",
            HelpName = "n",
            Required = true,
        };
        var folder = SharedOptions.Output("The folder to make, with vocab.json and merges.txt.");
        var command = new Command("train", "Learn a vocabulary from captions.") { captions, data, size, folder }
            .WithExample("clipsharp tokenizer train --train-data \"shards/train-{000..005}.tar\" --vocab-size 4096 -o vocabulary");
        var reading = new DataFlags(command);
        command.Require(parsed => parsed.GetValue(captions) is null or [] && parsed.GetValue(data) is null or []
            ? "Give --captions or --train-data."
            : null);
        command.SetAction((parsed, cancel) =>
        {
            Run(new TokenizerTrainOptions(parsed.GetValue(captions) ?? [], parsed.GetValue(data) ?? [], reading.Bind(parsed),
                parsed.GetValue(size),
                parsed.GetValue(folder)!), Output.Of(parsed), cancel);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(TokenizerTrainOptions options, Output output, CancellationToken cancel)
    {
        AtomicFolder.RequireAbsent(options.Output);
        var count = 0L;
        var sample = new List<string>();
        var leftOut = new SkipReport();
        BpeTokenizer tokenizer;
        using (var progress = output.Progress("Reading", "captions", total: null))
        {
            tokenizer = TokenizerTrainer.Train(Watched(), options.VocabularySize, cancel: cancel);

            IEnumerable<string> Watched()
            {
                foreach (var caption in Captions(options, leftOut, output, cancel))
                {
                    progress.Report(++count);
                    if (sample.Count < SampleSize)
                    {
                        sample.Add(caption);
                    }

                    yield return caption;
                }
            }
        }

        AtomicFolder.Write(options.Output, folder =>
        {
            tokenizer.Save(folder);
            LeftOutFile.Add(folder, goesOn: false, leftOut);
        });
        var lengths = sample.ConvertAll(caption => tokenizer.Encode(caption).Length + 2);
        output.Line(Invariant($"{tokenizer.VocabularySize:N0} tokens learnt from {count:N0} captions: {options.Output}"));
        if (leftOut.Total > 0)
        {
            output.Note($"left out: {leftOut}, see {Path.Combine(options.Output, LeftOutFile.FileName)}");
        }

        if (tokenizer.VocabularySize < options.VocabularySize)
        {
            output.Note(Invariant($"Fewer than {options.VocabularySize:N0}: no other pair occurs twice in the captions."));
        }

        output.Line(Invariant($"Ids a caption, start and end included: {lengths.Average():0.0} on average, {lengths.Max()} at most")
            + (count > SampleSize ? Invariant($" (first {SampleSize:N0} captions)") : ""));
        foreach (var caption in sample.Take(ShownExamples))
        {
            output.Line("  " + string.Join(' ', tokenizer.Pieces(tokenizer.Encode(caption))));
        }
    }

    // A vocabulary needs no pictures: what has none is no loss here.
    private static IEnumerable<string> Captions(TokenizerTrainOptions options, SkipReport leftOut, Output output,
        CancellationToken cancel)
    {
        foreach (var file in options.CaptionFiles)
        {
            foreach (var (number, caption) in TextFile.Read(file, options.Reading, output).Index())
            {
                if (!string.IsNullOrWhiteSpace(caption))
                {
                    yield return caption;
                }
                else
                {
                    leftOut.Add(new Skip(SkipReason.NoCaption, file, Invariant($"line {number + 1}"), ""));
                }
            }
        }

        foreach (var found in options.TrainData
            .SelectMany(pattern => SampleSources.Open(pattern, options.Reading).Read(cancel)))
        {
            if (found.Note is not null)
            {
                output.Note($"{found.File.Path}: {found.Note}");
            }
            else if (found.Captions.Count == 0)
            {
                var reason = found.Skip ?? (found.TextFault is null ? SkipReason.NoCaption : SkipReason.BadText);
                leftOut.Add(new Skip(reason, found.File.Path, found.Key, found.TextFault ?? found.Detail));
            }

            foreach (var caption in found.Captions)
            {
                yield return caption;
            }
        }
    }
}
