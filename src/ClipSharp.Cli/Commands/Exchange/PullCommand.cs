using System.CommandLine;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.Hub;
using ClipSharp.Hub.Cache;
using ClipSharp.Hub.Transfer;
using ClipSharp.Models;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands.Exchange;

/// <summary>What to fetch.</summary>
/// <param name="Repo">The repository.</param>
/// <param name="Selection">Which of its files.</param>
/// <param name="IsQuiet">Without progress and notes.</param>
/// <param name="IsJson">A JSON object instead of the path.</param>
internal sealed record PullOptions(HubRepo Repo, HubSelection Selection, bool IsQuiet, bool IsJson);

/// <summary><c>clipsharp pull</c>: a repository of the Hugging Face hub into the local cache.</summary>
internal static class PullCommand
{
    public static Command Create() => Create(HubOptions.FromEnvironment);

    internal static Command Create(Func<HubOptions> environment)
    {
        var repo = new Argument<string?>("repo")
        {
            Description = "The repository: org/name, org/name@revision, hf-hub:org/name, the address of its page, or architecture/tag of --list.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var list = new Option<bool>("--list")
        {
            Description = "Name published models worth having, with size and licence; without the network.",
        };
        var type = new Option<string>("--repo-type")
        {
            Description = "model or dataset.",
            HelpName = "name",
            DefaultValueFactory = _ => "model",
        };
        type.OneOf("model", "dataset");
        var include = Patterns("--include", "Only files that fit; else what a CLIP needs, of a data set all.");
        var exclude = Patterns("--exclude", "Not the files that fit.");
        var engine = new Option<string?>("--engine")
        {
            Description = "What will compute: torch takes a model's weights, onnx its graphs. [default: weights, graphs where there are none]",
            HelpName = "name",
        };
        engine.OneOf("torch", "onnx");
        var graph = SharedOptions.OnnxFile();
        var cache = new Option<string?>("--cache-dir")
        {
            Description = "The cache, as huggingface_hub has it; else HF_HUB_CACHE, or hub in HF_HOME.",
            HelpName = "path",
        };
        var offline = new Option<bool>("--offline") { Description = "Only look into the cache, as with HF_HUB_OFFLINE=1." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "No progress, no notes." };
        var json = SharedOptions.Json();
        var command = new Command("pull", "Fetch a model or a data set from the Hugging Face hub.")
        {
            repo, list, type, engine, graph, include, exclude, cache, offline, quiet, json,
        }
            .WithExample("clipsharp pull --list")
            .WithExample("clipsharp pull laion/CLIP-ViT-B-32-laion2B-s34B-b79K")
            .WithExample("clipsharp pull ViT-B-16-SigLIP/webli")
            .WithExample("clipsharp pull Xenova/clip-vit-base-patch32 --engine onnx")
            .WithExample("clipsharp pull clip-benchmark/wds_cifar10 --repo-type dataset --include \"test/*\" --include \"*.txt\"");
        command.Require(parsed => parsed.GetValue(list) == parsed.GetValue(repo) is not null
            ? "Give a repository or --list."
            : null);
        command.Require(parsed => parsed.GetValue(graph) is not null && parsed.GetValue(engine) is "torch"
            ? "--onnx-file is for --engine onnx."
            : null);
        command.SetAction(async (parsed, cancel) =>
        {
            if (parsed.GetValue(list))
            {
                PublishedTable.Write(Output.Of(parsed), parsed.GetValue(json));
                return;
            }

            var user = environment();
            var hub = new HubOptions
            {
                Endpoint = user.Endpoint,
                Token = user.Token,
                CacheFolder = parsed.GetValue(cache) ?? user.CacheFolder,
                IsOffline = parsed.GetValue(offline) || user.IsOffline,
                UsesLinks = user.UsesLinks,
            };
            var asked = parsed.GetValue(repo)!;
            if (PublishedModels.Named(asked) is { } published && !parsed.GetValue(quiet))
            {
                Output.Of(parsed).Note($"{asked} is {published.Repo}; once it is there, give --model hf-hub:{published.Repo}");
            }

            var options = new PullOptions(
                Repo(asked, parsed.GetValue(type) == "dataset" ? RepoType.Dataset : RepoType.Model),
                new HubSelection
                {
                    Include = parsed.GetValue(include)!,
                    Exclude = parsed.GetValue(exclude)!,
                    Graphs = parsed.GetValue(engine) is "onnx" || parsed.GetValue(graph) is not null,
                    GraphFile = parsed.GetValue(graph),
                },
                parsed.GetValue(quiet), parsed.GetValue(json));
            await RunAsync(options, hub, Output.Of(parsed), cancel).ConfigureAwait(false);
        });
        return command;
    }

    // Of an architecture the hub would say only that there is no such repository.
    private static HubRepo Repo(string text, RepoType type) => PublishedModels.Named(text) is { } published
        ? HubRepo.Parse(published.Repo)
        : MissingModel.OfNoWeights(text) is { } remedy
        ? throw new ClipException(ClipError.Usage, "This is no repository", text, text, "org/name", remedy)
        : HubRepo.Parse(text, type);

    private static async Task RunAsync(PullOptions options, HubOptions hub, Output output, CancellationToken cancel)
    {
        HubSnapshot snapshot;
        using (var client = new HubClient(hub))
        using (var progress = options.IsQuiet ? null : new PullProgress(output))
        {
            snapshot = await client.PullAsync(options.Repo, options.Selection, progress, cancel).ConfigureAwait(false);
        }

        if (!options.IsQuiet)
        {
            Describe(snapshot, output);
        }

        if (options.IsJson)
        {
            output.Json(
                new PulledRepo(options.Repo.Id, options.Repo.Revision, snapshot.Commit, snapshot.Path, Names(snapshot.Files),
                    Names(snapshot.Skipped), snapshot.DownloadedBytes), PullJson.Default.PulledRepo);
        }
        else
        {
            output.Line(snapshot.Path);
        }
    }

    private static void Describe(HubSnapshot snapshot, Output output)
    {
        output.Note(Invariant($"{snapshot.Files.Count:N0} files, {ByteSize.Fitting(snapshot.Files.Sum(file => file.Size))}, ")
            + (snapshot.DownloadedBytes == 0 ? "all in the cache" : $"{ByteSize.Fitting(snapshot.DownloadedBytes)} fetched"));
        if (snapshot.Skipped.Count > 0)
        {
            const int Most = 12;
            var largest = snapshot.Skipped.OrderByDescending(file => file.Size).ToList();
            output.Note($"not asked for: {string.Join(", ", largest.Take(Most).Select(file => $"{file.Path} ({ByteSize.Fitting(file.Size)})"))}"
                + (largest.Count > Most ? Invariant($" and {largest.Count - Most:N0} more") : ""));
        }
    }

    private static Option<string[]> Patterns(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "glob",
        DefaultValueFactory = _ => [],
    };

    private static string[] Names(IReadOnlyList<HubFile> files) => [.. files.Select(file => file.Path)];

    /// <summary>The progress of a pull in megabytes; the total is known with the first report.</summary>
    private sealed class PullProgress(Output output) : IProgress<HubProgress>, IDisposable
    {
        private ProgressLine? _line;
        private string? _waitingFor;

        public void Report(HubProgress value)
        {
            if (value.IsWaiting && _waitingFor != value.File)
            {
                _waitingFor = value.File;
                output.Note($"waiting for another process that fetches {value.File}");
            }

            _line ??= output.Progress("Fetching", "MB", Megabytes(value.TotalBytes));
            _line.Report(Megabytes(value.DoneBytes));
        }

        public void Dispose() => _line?.Dispose();

        private static long Megabytes(long bytes) => bytes / 1_000_000;
    }
}

/// <summary>The line of <c>--json</c>.</summary>
internal sealed record PulledRepo(string Repo, string Revision, string Commit, string Path, IReadOnlyList<string> Files,
    IReadOnlyList<string> Skipped, long DownloadedBytes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PulledRepo))]
internal sealed partial class PullJson : JsonSerializerContext;
