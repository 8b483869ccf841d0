using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Rendering.Terminal;
using ClipSharp.Cli.Reports;
using ClipSharp.Models;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Queries;

namespace ClipSharp.Cli.Commands;

/// <summary>What to find and how to show it.</summary>
/// <param name="Query">The words as typed; empty where another kind of search is asked for.</param>
/// <param name="SimilarTo">A picture of the index, or null.</param>
/// <param name="Duplicates">The least cosine of near-duplicates, or null.</param>
/// <param name="Top">How many.</param>
/// <param name="MinScore">The least score, or null.</param>
/// <param name="Filters">What a picture must fit.</param>
/// <param name="PathsOnly">Nothing but paths.</param>
/// <param name="IsJson">A JSON object a picture.</param>
/// <param name="Sheet">A page of thumbnails to write, or null.</param>
/// <param name="IsOpened">Whether the page is shown in the browser.</param>
/// <param name="Pictures">How thumbnails are shown on a terminal.</param>
internal sealed record SearchOptions(IReadOnlyList<string> Query, string? SimilarTo, float? Duplicates, int Top, float? MinScore,
    IReadOnlyList<PictureFilter> Filters, bool PathsOnly, bool IsJson, string? Sheet,
    bool IsOpened, TerminalPictures Pictures);

/// <summary><c>clipsharp search</c>: pictures of an index by words, by pictures, by both.</summary>
internal static class SearchCommand
{
    private const float EverySame = 1 - 1e-3f; // halves of one vector and its own

    public static Command Create() => Create(ClipOptions.LoadTorch);

    internal static Command Create(Func<ModelFiles, string, string, Clip> load, Desktop? desktop = null)
    {
        var clip = new ClipOptions(load, needsModel: false);
        var query = new Argument<string[]>("query")
        {
            Description = "Words or a picture; more with + and - between them, with weights: dog.jpg + 2:snow - leash.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var store = new StoreOptions("The folder of the index.");
        var top = new Option<int>("--top", "-t")
        {
            Description = "How many pictures to show.",
            HelpName = "n",
            DefaultValueFactory = _ => 10,
        }
            .AtLeast(1);
        var minScore = new Option<float?>("--min-score") { Description = "Leave out what scores less.", HelpName = "score" };
        var filter = new Option<string[]>("--filter")
        {
            Description = "What a picture must fit: folder = *2024*, name ~ beach, date >= 2024-05, size < 2MB; columns: "
                + "path, folder, name, key, caption, source, size, date.",
            HelpName = "condition",
            DefaultValueFactory = _ => [],
        };
        var similar = new Option<string?>("--similar-to")
        {
            Description = "Find pictures like this one of the index, by its path or key.",
            HelpName = "key",
        };
        var duplicates = new Option<float?>("--duplicates")
        {
            Description = "Show groups of pictures that look alike, by the least cosine: 0.95 finds near-duplicates, 1 equal "
                + "pictures.",
            HelpName = "cosine",
        };
        var graph = new Option<bool>("--ann")
        {
            Description = "Look at few pictures, by the graph of index --ann; some of the best may be missing.",
        };
        var paths = new Option<bool>("--filepath-only", "-f") { Description = "Print nothing but paths." };
        var json = SharedOptions.Json();
        var sheet = new Option<string?>("--html")
        {
            Description = "Write a page with thumbnails of what was found.",
            HelpName = "path",
        };
        var open = new Option<bool>("--open")
        {
            Description = "Show the page with thumbnails in the browser; without --html a temporary one.",
        };
        var pictures = KnownTerminals.Option();
        var command = new Command("search", "Find pictures of an index by words, by pictures, or by both.")
        {
            query, store.Index, store.Store, top, minScore, filter, similar, duplicates, graph, paths, json, sheet, open,
            pictures,
        }
            .WithExample("clipsharp search \"two dogs on snow\" --index photos.index")
            .WithExample("clipsharp search dog.jpg + 2:snow - leash --index photos.index --filter \"date >= 2024\"")
            .WithExample("clipsharp search --similar-to a.png --index photos.index --html found.html")
            .WithExample("clipsharp search --duplicates 0.95 --index photos.index")
            .WithExample("clipsharp search \"two dogs on snow\" --store postgres://me@localhost/photos");
        clip.AddTo(command);
        store.RequireOne(command);
        command.Require(parsed => new[]
        {
            parsed.GetValue(query) is { Length: > 0 }, parsed.GetValue(similar) is not null,
            parsed.GetValue(duplicates) is not null,
        }
            .Count(given => given) != 1 ? "Give a query, --similar-to or --duplicates." : null);
        command.Require(parsed => parsed.GetValue(duplicates) is not null && (parsed.GetValue(filter) is { Length: > 0 }
            || parsed.GetValue(minScore) is not null || parsed.GetValue(sheet) is not null || parsed.GetValue(graph)
            || parsed.GetValue(open))
            ? "--filter, --min-score, --ann, --html and --open go with a query or --similar-to: --duplicates shows all groups." : null);
        command.Require(parsed => !store.IsDatabase(parsed) ? null
            : parsed.GetValue(duplicates) is not null
                ? "--duplicates compares all pictures with each other, in an index: make one with --index."
            : parsed.GetValue(graph) ? "--ann goes with --index: a database has a graph of its own, and uses it." : null);
        command.SetAction(async (parsed, cancel) =>
        {
            var options = new SearchOptions(parsed.GetValue(query) ?? [], parsed.GetValue(similar), parsed.GetValue(duplicates),
                parsed.GetValue(top), parsed.GetValue(minScore), [.. parsed.GetValue(filter)!.Select(PictureFilter.Parse)],
                parsed.GetValue(paths), parsed.GetValue(json), parsed.GetValue(sheet), parsed.GetValue(open),
                Spelling.Find<TerminalPictures>(parsed.GetValue(pictures))!.Value);
            var parts = options.Query.Count > 0 ? SearchQuery.Parse(options.Query) : null;
            using var opened = store.Open(parsed, parsed.GetValue(graph));
            if (parsed.GetValue(graph) && options.Filters.Count > 0)
            {
                Output.Of(parsed).Note("With --filter all pictures are compared: the graph is not asked.");
            }

            await RunAsync(options, parts, opened,
                () => clip.LoadOf(parsed, clip.NameOf(parsed, opened.Model), opened.Engine, parts!.HasWords),
                desktop ?? Desktop.Here, Output.Of(parsed), cancel).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task RunAsync(SearchOptions options, SearchQuery? query, IPictureStore store, Func<Clip> load,
        Desktop desktop, Output output, CancellationToken cancel)
    {
        if (options.Duplicates is { } threshold)
        {
            ShowDuplicates((PictureIndex)store, threshold, options, output, cancel);
            return;
        }

        Embeddings vector;
        if (query is null)
        {
            var id = await store.IdOfAsync(options.SimilarTo!, cancel).ConfigureAwait(false);
            vector = (await store.VectorAsync(id, cancel).ConfigureAwait(false))!;
        }
        else
        {
            using var clip = load();
            store.RequireModel(clip);
            CutTexts.Tell(clip, query.Terms.Where(term => !term.IsPicture).Select(term => term.Text), false, output);
            vector = query.Encode(clip);
        }

        var found = await store.SearchAsync(vector, new PictureSelection(options.Top,
            Least: options.MinScore ?? float.NegativeInfinity, Filters: options.Filters), cancel).ConfigureAwait(false);
        FoundPictures.Show(found, options, output);
        if (options.Sheet is not null || options.IsOpened)
        {
            var page = options.Sheet ?? Path.Combine(Path.GetTempPath(), $"clipsharp-found-{Path.GetRandomFileName()}.html");
            var title = options.SimilarTo is { } similar ? $"Like {similar}" : string.Join(' ', options.Query);
            FoundSheet.Write(page, title, found, cancel);
            var unopened = options.IsOpened ? desktop.Open(page) : null;
            output.Note(unopened is null ? $"page: {page}" : $"page, not opened ({unopened}): {page}");
        }
    }

    private static void ShowDuplicates(PictureIndex index, float threshold, SearchOptions options, Output output,
        CancellationToken cancel)
    {
        using var progress = output.Progress("Comparing", "images", index.Count);
        var groups = index.Duplicates(Math.Min(threshold, EverySame), progress, cancel);
        progress.Dispose();
        FoundPictures.ShowGroups(groups, options, output);
    }
}
