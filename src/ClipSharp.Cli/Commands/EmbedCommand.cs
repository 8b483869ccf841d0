using System.CommandLine;
using System.Globalization;
using ClipSharp.Cli.Rendering;
using ClipSharp.Data;
using ClipSharp.Evaluation;
using ClipSharp.Files;
using ClipSharp.Torch;

namespace ClipSharp.Cli.Commands;

/// <summary>What to turn into vectors.</summary>
/// <param name="Images">Picture files, folders or shards.</param>
/// <param name="Texts">A file of texts, or null.</param>
/// <param name="Output">The folder to make.</param>
/// <param name="BatchSize">Pictures or texts a forward.</param>
internal sealed record EmbedOptions(IReadOnlyList<string> Images, string? Texts, string Output, int BatchSize);

/// <summary><c>clipsharp embed</c>: pictures and texts to vectors on disk.</summary>
internal static class EmbedCommand
{
    public static Command Create() => Create(TorchClip.Load);

    internal static Command Create(Func<string, string, string, Clip> load)
    {
        var clip = new ClipOptions(load);
        var images = new Option<string[]>("--images")
        {
            Description = "Picture files, folders of pictures, or shards.",
            HelpName = "patterns",
            AllowMultipleArgumentsPerToken = true,
        };
        var texts = new Option<string?>("--texts")
        {
            Description = "A file of texts, one a line (.gz too), or JSON lines (*.jsonl).",
            HelpName = "path",
        };
        var folder = new Option<string>("--out", "-o")
        {
            Description = "The folder to make, as clip-retrieval lays it.",
            HelpName = "path",
            Required = true,
        };
        var batch = SharedOptions.BatchSize();
        var command = new Command("embed", "Turn pictures and texts into vectors.") { images, texts, folder, batch }
            .WithExample("clipsharp embed --model runs/first --images photos --out photos-vectors")
            .WithExample("clipsharp embed -m runs/first --images \"shards/{000..127}.tar\" --texts queries.txt --out vectors");
        clip.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(images) is null or [] && result.GetValue(texts) is null)
            {
                result.AddError("Give --images, --texts or both.");
            }
        });
        command.SetAction((parsed, cancel) =>
        {
            Run(new EmbedOptions(parsed.GetValue(images) ?? [], parsed.GetValue(texts), parsed.GetValue(folder)!,
                parsed.GetValue(batch)), () => clip.Load(parsed), Output.Of(parsed), cancel);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(EmbedOptions options, Func<Clip> load, Output output, CancellationToken cancel)
    {
        AtomicFolder.RequireAbsent(options.Output);
        string[]? texts = options.Texts is null ? null : [.. TextFile.Read(options.Texts)];
        var index = options.Images.Count == 0 ? null
            : SampleIndex.Build(
                SampleSources.Open(string.Join("::", options.Images), new DataOptions()), SampleNeed.Picture, cancel: cancel);
        using var clip = load();
        clip.BatchSize = options.BatchSize;
        var pictures = index is null ? null
            : Watched("images", index.Count, progress => EncodedPictures.Encode(clip, index, progress, cancel));
        var vectors = texts is null ? null
            : Watched("texts", texts.Length, progress => clip.EncodeTexts(texts, progress, cancel));
        EmbeddingFolder.Write(options.Output, pictures, index, vectors is null ? null : (vectors, texts!));

        var skipped = index is null ? 0 : index.Skips.Total + pictures!.Skips.Total;
        output.Line(Text($"{pictures?.Vectors.Count ?? 0:N0} pictures and {vectors?.Count ?? 0:N0} texts, ")
            + Text($"vectors of {clip.Encoder.EmbedDim:N0}: {options.Output}"));
        if (skipped > 0)
        {
            output.Note(Text($"left out: {skipped:N0}, see {Path.Combine(options.Output, "skipped.jsonl")}"));
        }

        T Watched<T>(string unit, int total, Func<IProgress<long>, T> work)
        {
            using var progress = output.Progress("Encoding", unit, total);
            return work(progress);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
