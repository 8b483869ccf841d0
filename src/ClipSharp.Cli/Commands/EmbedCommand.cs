using System.CommandLine;
using System.Diagnostics;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Embedding;
using ClipSharp.Models;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands;

/// <summary>What to turn into vectors.</summary>
/// <param name="Images">Picture files, folders, CSV files or shards; empty with texts.</param>
/// <param name="Data">How these are read.</param>
/// <param name="Texts">A file of texts, or null.</param>
/// <param name="Folder">The folder to make or to go on with.</param>
/// <param name="BatchSize">Pictures or texts a forward.</param>
/// <param name="Embedding">How vectors are written.</param>
/// <param name="IsStrict">Refuse texts that would be cut.</param>
/// <param name="IsMerge">Merge what parts made.</param>
internal sealed record EmbedOptions(
    IReadOnlyList<string> Images, DataOptions Data, string? Texts, string Folder, int BatchSize, EmbeddingOptions Embedding,
    bool IsStrict, bool IsMerge);

/// <summary><c>clipsharp embed</c>: pictures and texts to vectors on disk.</summary>
internal static class EmbedCommand
{
    private static readonly EmbeddingOptions Standard = new();

    public static Command Create() => Create(ClipOptions.LoadTorch);

    internal static Command Create(Func<ModelFiles, string, string, Clip> load)
    {
        var clip = new ClipOptions(load, readsDataSets: true);
        var images = new Option<string[]>("--images")
        {
            Description = "Picture files, folders of pictures, CSV files, WebDataset shards, Parquet files, or - for a list of picture files on stdin.",
            HelpName = "patterns",
            AllowMultipleArgumentsPerToken = true,
        };
        var texts = new Option<string?>("--texts")
        {
            Description = "A file of texts, one a line (.gz too; - for stdin), or JSON lines (*.jsonl).",
            HelpName = "path",
        };
        var enableText = new Option<bool>("--enable-text")
        {
            Description = "Encode the first caption of each picture too; pictures without one are left out.",
        };
        var folder = SharedOptions.Output("The folder to make, as clip-retrieval lays it, or to go on with.");
        var dtype = new Option<string>("--dtype")
        {
            Description = "Number format of the vectors: float32, or float16 as clip-retrieval writes it.",
            HelpName = "name",
            DefaultValueFactory = _ => Spelling.Of(Standard.Dtype),
        }
            .OneOf(Spelling.Words<VectorFormat>());
        var writeBatch = new Option<int>("--write-batch-size")
        {
            Description = "Items a shard of the output; a run that was stopped goes on behind its last whole shard.",
            HelpName = "n",
            DefaultValueFactory = _ => Standard.WriteBatchSize,
        }
            .AtLeast(1);
        var batch = SharedOptions.BatchSize();
        var strict = SharedOptions.Strict();
        var part = new PartFlag();
        var command = new Command("embed", "Turn pictures or texts into vectors.")
        {
            images, texts, enableText, folder, dtype, writeBatch, batch, strict,
        }
            .WithExample("clipsharp embed --model logs/first --images photos -o photos-vectors")
            .WithExample("clipsharp embed -m logs/first --images \"shards/{000..127}.tar\" --enable-text --dtype float16 -o vectors");
        part.AddTo(command);
        var data = new DataFlags(command);
        clip.AddTo(command);
        command.Require(parsed => parsed.GetValue(images) is null or [] == parsed.GetValue(texts) is null
            ? "Give either --images or --texts: row i is one item in every file." : null);
        command.SetAction((parsed, cancel) =>
        {
            var share = part.Of(parsed);
            var embedding = new EmbeddingOptions
            {
                Dtype = Spelling.Find<VectorFormat>(parsed.GetValue(dtype))!.Value,
                WriteBatchSize = parsed.GetValue(writeBatch),
                EnableText = parsed.GetValue(enableText),
                Part = share?.Part,
            };
            Run(new EmbedOptions(parsed.GetValue(images) ?? [], data.Bind(parsed), parsed.GetValue(texts),
                parsed.GetValue(folder)!,
                parsed.GetValue(batch), embedding.Validated(), parsed.GetValue(strict), share is { IsMerge: true }),
                withTexts => clip.Load(parsed, withTexts), Output.Of(parsed), cancel);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(EmbedOptions options, Func<bool, Clip> load, Output output, CancellationToken cancel)
    {
        EmbeddingJob.RequireUsable(options.Folder);
        string[] texts = options.Texts is null ? [] : [.. TextFile.Read(options.Texts, options.Data, output)];
        // What was named is looked for before the model loads, and the device before an index is built.
        var source = options.Texts is not null
            ? null
            : SampleSources.Open(string.Join("::", PictureInputs.Listed(options.Images)), options.Data);
        var hasTexts = options.Texts is not null || options.Embedding.EnableText;
        using var clip = load(hasTexts);
        var index = source is null ? null
            : SampleIndex.Build(source, options.Embedding.EnableText ? SampleNeed.Caption : SampleNeed.Picture, cancel: cancel);
        foreach (var note in index?.Notes ?? [])
        {
            output.Note(note);
        }

        if (index?.Skips.Total > 0)
        {
            output.Note($"left out while reading: {index.Skips}");
        }

        clip.BatchSize = options.BatchSize;
        var job = index is null
            ? EmbeddingJob.ForTexts(options.Folder, clip, texts, options.Embedding)
            : EmbeddingJob.ForPictures(options.Folder, clip, index, options.Embedding);
        var unit = index is null ? "texts" : "images";
        if (options.IsMerge)
        {
            var merged = job.Merge();
            Tell(merged, unit, clip, options, output);
            NoteLeftOut(merged, options, output);
            return;
        }

        if (hasTexts)
        {
            var encoded = index is null ? texts : Enumerable.Range(0, index.Count).Select(sample => index.Captions(sample)[0]);
            CutTexts.Tell(clip, encoded, options.IsStrict, output);
        }

        if (job.Remaining < job.Items)
        {
            output.Note(Invariant($"{job.Items - job.Remaining:N0} of {job.Items:N0} {unit} are there already"));
        }

        var start = Stopwatch.GetTimestamp();
        EmbeddingSummary made;
        using (var progress = output.Progress("Encoding", unit, job.Remaining))
        {
            made = job.Run(progress, cancel);
        }

        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Tell(made, unit, clip, options, output);
        if (job.Remaining > 0)
        {
            var parts = made.Skipped > 0 && job.Remaining == job.Items
                ? Invariant($": {made.Rows:N0} encoded, {made.Skipped:N0} left out") : "";
            output.Note(Invariant($"{job.Remaining:N0} {unit} in {seconds:0.0} s, {job.Remaining / seconds:N0}/s") + parts);
        }

        PictureFlags.NoteGreys(output, clip.Preprocessor);
        NoteLeftOut(made, options, output);
    }

    private static void Tell(EmbeddingSummary made, string unit, Clip clip, EmbedOptions options, Output output) =>
        output.Line(Invariant($"{made.Rows:N0} {unit}, vectors of {clip.Encoder.EmbedDim:N0} in {made.Shards:N0} ")
            + (made.Shards == 1 ? "shard" : "shards") + (options.Embedding.Part is { } part ? $" of part {part}" : "")
            + $": {options.Folder}");

    private static void NoteLeftOut(EmbeddingSummary made, EmbedOptions options, Output output)
    {
        if (made.Skipped > 0)
        {
            output.Note(Invariant($"left out: {made.Skipped:N0}, see ")
                + Path.Combine(EmbeddingJob.LedgerOf(options.Folder, options.Embedding.Part), LeftOutFile.FileName));
        }
    }
}
