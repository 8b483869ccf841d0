using System.CommandLine;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Data;
using ClipSharp.Hub.Cache;
using ClipSharp.Models;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Segments;
using ClipSharp.Search.VectorFiles;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands;

/// <summary><c>clipsharp index</c>: an index of one's pictures, made and kept up to date.</summary>
internal static class IndexCommand
{
    public static Command Create() => Create(ClipOptions.LoadTorch);

    internal static Command Create(Func<ModelFiles, string, string, Clip> load)
    {
        var clip = new ClipOptions(load, readsDataSets: true, needsModel: false);
        var pictures = new Argument<string[]>("pictures")
        {
            Description = "Picture files, folders of pictures, CSV files or WebDataset shards, - for a list on stdin; or folders of vectors that embed or clip-retrieval wrote.",
            Arity = ArgumentArity.OneOrMore,
        };
        var store = new StoreOptions("The folder of the index, to make or to bring up to date.");
        var compact = new Option<bool>("--compact")
        {
            Description = "Write the index anew without what is gone; done by itself once a quarter of it is.",
        };
        var graph = new Option<bool>("--ann")
        {
            Description = "Build a graph of the vectors for search --ann, or add what is new to it.",
        };
        var batch = SharedOptions.BatchSize();
        var json = SharedOptions.Json();
        var part = new PartFlag();
        var command = new Command("index", "Make an index of pictures, or bring it up to date.")
        {
            pictures, store.Index, store.Store, compact, graph, batch, json,
        }
            .WithExample("clipsharp index photos --index photos.index --model logs/first")
            .WithExample("clipsharp index photos --index photos.index")
            .WithExample("clipsharp index photos-vectors --index photos.index --model logs/first --ann")
            .WithExample("clipsharp index photos --store postgres://me@localhost/photos --model logs/first");
        part.AddTo(command);
        store.RequireOne(command);
        command.Require(parsed => (parsed.GetValue(compact) || parsed.GetValue(graph)) && store.IsDatabase(parsed)
            ? "--compact and --ann go with --index: a database clears up after itself, and has a graph of its own." : null);
        var data = new DataFlags(command);
        clip.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var output = Output.Of(parsed);
            var named = PictureInputs.Listed(parsed.GetValue(pictures)!);
            var share = part.Of(parsed);
            RequireDivisible(parsed, share, named);
            using (var update = Begin(parsed, named, share, () => data.Bind(parsed), cancel))
            {
                var model = clip.NameOf(parsed, update.Model);
                foreach (var note in update.Notes)
                {
                    output.Note(note);
                }

                // A model that is named is looked at even where nothing is to be encoded: it may be another.
                var isNeeded = update.Candidates > 0 || Rooted(model) != update.Model;
                using var loaded = isNeeded ? Load(parsed, model, update.Engine) : null;
                var summary = Run(update, loaded, Rooted(model), output, cancel);
                var isPart = share?.Part is not null;
                Tell(summary, isPart ? $"part {share!.Part} of {store.Shown(parsed)}" : store.Shown(parsed)!,
                    isPart ? ((IndexUpdate)update).Ledger : store.LedgerOf(parsed), parsed.GetValue(json), output);
            }

            if (share?.Part is null && parsed.GetValue(store.Index) is { } root)
            {
                if (parsed.GetValue(compact) || IndexCompaction.IsWorthIt(root))
                {
                    IndexCompaction.Run(root, cancel);
                    output.Note("compacted");
                }

                GraphNotes.Tell(root, parsed.GetValue(graph), output, cancel);
            }

            return Task.CompletedTask;
        });
        return command;

        void RequireDivisible(ParseResult parsed, PartChoice? share, IReadOnlyList<string> named)
        {
            var isPart = share?.Part is not null;
            var unfit = share is null ? null
                : store.IsDatabase(parsed) ? "--store"
                : named.Any(VectorImport.IsVectors) ? "vectors that embed or clip-retrieval wrote"
                : isPart && parsed.GetValue(compact) ? "--compact"
                : isPart && parsed.GetValue(graph) ? "--ann" : null;
            if (unfit is not null)
            {
                throw new ClipException(ClipError.Usage, "Parts are of a new index of pictures on disk", "--part", unfit,
                    "--index and pictures; --compact and --ann with the merge", "Leave one of both away.");
            }
        }

        IIndexChange Begin(ParseResult parsed, IReadOnlyList<string> named, PartChoice? share, Func<DataOptions> options,
            CancellationToken cancel)
        {
            if (share is not null)
            {
                var index = parsed.GetValue(store.Index)!;
                return share.Part is { } mine ? IndexUpdate.BeginPart(index, mine, named, options(), cancel)
                    : IndexMerge.Begin(index, named, options(), cancel);
            }

            var vectors = named.Where(VectorImport.IsVectors).ToList();
            return vectors.Count == 0
                    ? IndexUpdate.Begin(() => store.OpenWriter(parsed), named, options(), cancel: cancel)
                : vectors.Count < named.Count
                    ? throw new ClipException(ClipError.Usage, "Pictures and folders of vectors together", vectors[0],
                        "vectors that embed or clip-retrieval wrote", "either of both", "Index them one after the other.")
                : parsed.GetValue(store.Index) is { } root ? VectorImport.Begin(root, named)
                : throw new ClipException(ClipError.Usage, "Vectors are taken into an index on disk", vectors[0], "--store",
                    "--index", "Index the pictures themselves into the database.");
        }

        Clip Load(ParseResult parsed, string model, string? madeBy)
        {
            var loaded = clip.LoadOf(parsed, model, madeBy, withTexts: false);
            loaded.BatchSize = parsed.GetValue(batch);
            return loaded;
        }
    }

    private static UpdateSummary Run(IIndexChange update, Clip? clip, string model, Output output, CancellationToken cancel)
    {
        using var progress = output.Progress("Indexing", "images", update.Candidates);
        var summary = update.Run(clip, model, progress, cancel);
        progress.Dispose();
        if (clip is not null && update is IndexUpdate)
        {
            PictureFlags.NoteGreys(output, clip.Preprocessor);
        }

        return summary;
    }

    private static void Tell(UpdateSummary summary, string store, string ledger, bool isJson, Output output)
    {
        if (isJson)
        {
            output.Json(summary, UpdateSummaryJson.Default.UpdateSummary);
            return;
        }

        output.Line(Invariant($"{summary.Pictures:N0} images in {store}: {summary.New:N0} new, {summary.Changed:N0} changed, ")
            + Invariant($"{summary.Moved:N0} moved, {summary.Removed:N0} gone, {summary.Unchanged:N0} as they were"));
        if (summary.LeftOut > 0)
        {
            output.Note(Invariant($"left out: {summary.LeftOut:N0}, see {ledger}"));
        }
    }

    // The index must find its model wherever it is searched from.
    private static string Rooted(string model) => HubCache.IsHubName(model) ? model : Path.GetFullPath(model);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(UpdateSummary))]
internal sealed partial class UpdateSummaryJson : JsonSerializerContext;
