using System.CommandLine;
using System.Net;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Models;
using ClipSharp.Search.Collections;
using ClipSharp.Server;
using ClipSharp.Server.Page;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClipSharp.Cli.Commands;

/// <summary>Where to listen, and what is served there.</summary>
/// <param name="Address">The address of the network card.</param>
/// <param name="Port">The port; 0 = any that is free.</param>
/// <param name="Model">The model as a person or the index names it.</param>
/// <param name="Store">The index or store as people are told, or null.</param>
/// <param name="Classifiers">Stored classifiers: name and file.</param>
/// <param name="ApiKey">The key that callers must send, or null.</param>
/// <param name="Collector">Where traces, figures and logs go, or null.</param>
internal sealed record ServeOptions(IPAddress Address, int Port, string Model, string? Store,
    IReadOnlyDictionary<string, string> Classifiers, string? ApiKey, Uri? Collector);

/// <summary><c>clipsharp serve</c>: the server of <see cref="ServerServices"/>, its options bound from the command
/// line.</summary>
internal static class ServeCommand
{
    private const string KeyVariable = "CLIPSHARP_API_KEY";
    private const string HostLog = "Microsoft.Extensions.Hosting"; // what it logs, like all that is critical, ends this command

    public static Command Create() => Create(ClipOptions.LoadTorch);

    internal static Command Create(Func<ModelFiles, string, string, Clip> load)
    {
        var clip = new ClipOptions(load, needsModel: false);
        var store = new StoreOptions("The folder of an index, to be searched; names the model too.");
        var host = new Option<string>("--host")
        {
            Description = "The address to listen at: 127.0.0.1 is this machine alone, 0.0.0.0 every network it is in.",
            HelpName = "address",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        var port = new Option<int>("--port")
        {
            Description = "The port to listen at; 0 takes one that is free.",
            HelpName = "n",
            DefaultValueFactory = _ => 8080,
        };
        var key = new Option<string?>("--api-key")
        {
            Description = $"A key that callers must send; better in the variable {KeyVariable}, where no list of processes shows it.",
            HelpName = "key",
        };
        var classifiers = new Option<string[]>("--classifier")
        {
            Description = "A classifier that zeroshot --save-classifier stored, and the name by which callers choose it; may be given several times.",
            HelpName = "name=file",
        };
        var collector = new Option<string?>("--otlp-endpoint")
        {
            Description = "A collector of OpenTelemetry that takes OTLP over HTTP: traces, figures and logs go there. "
                + $"[default: the variable {ServeTelemetry.Variable}, else nowhere]",
            HelpName = "url",
        };
        var command = new Command("serve", "Answer over HTTP: embeddings as OpenAI has them, names, search.")
        {
            store.Index, store.Store, classifiers, host, port, key, collector,
        }
            .WithExample("clipsharp serve --model logs/first/checkpoints/epoch_10")
            .WithExample("clipsharp serve --index photos.index --host 0.0.0.0 --port 80")
            .WithExample("clipsharp serve --store postgres://me@localhost/photos");
        clip.AddTo(command);
        store.RequireOne(command, isNeeded: false);
        command.Require(parsed => parsed.GetValue(host) is not "localhost" and { } name && !IPAddress.TryParse(name, out _)
            ? "--host takes an address such as 127.0.0.1, 0.0.0.0 or ::1." : null);
        command.Require(parsed => parsed.GetValue(port) is < 0 or > 65_535 ? "--port is 0 to 65535." : null);
        command.Require(parsed => parsed.GetValue(collector) is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var address)
            && address.Scheme is "http" or "https") ? "--otlp-endpoint takes an address such as http://localhost:4318." : null);
        command.Require(parsed => UnfitPair(parsed.GetValue(classifiers) ?? []));
        command.SetAction((parsed, cancel) =>
        {
            Func<IPictureStore>? open = store.Shown(parsed) is null ? null : () => store.Open(parsed);
            var made = MadeBy(open);
            var options = new ServeOptions(
                parsed.GetValue(host) is "localhost" or null ? IPAddress.Loopback : IPAddress.Parse(parsed.GetValue(host)!),
                parsed.GetValue(port), clip.NameOf(parsed, made?.Model), store.Shown(parsed),
                Pairs(parsed.GetValue(classifiers)).ToDictionary(pair => pair.Name, pair => pair.File),
                parsed.GetValue(key) ?? Environment.GetEnvironmentVariable(KeyVariable),
                parsed.GetValue(collector) is { } url ? new Uri(url) : null);
            return RunAsync(options, open,
                () => clip.LoadOf(parsed, options.Model, made?.Engine, withTexts: false), Output.Of(parsed), cancel);
        });
        return command;
    }

    private static async Task RunAsync(ServeOptions options, Func<IPictureStore>? open, Func<Clip> load, Output output,
        CancellationToken cancel)
    {
        await using var app = Build(options, open, load);
        try
        {
            await app.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new ClipException(ClipError.Unavailable, "The port cannot be listened at",
                $"{options.Address}:{options.Port}", e.Message, "a free port of this machine", "Choose another with --port.", e);
        }

        output.Line($"{string.Join(' ', app.Urls)}  {Reach(options)}; ends with Ctrl-C or SIGTERM");
        try
        {
            await app.Services.GetRequiredService<ServedModel>().Ready.WaitAsync(cancel).ConfigureAwait(false);
            output.Line($"ready: {options.Model}" + (options.Store is { } store ? $", index {store}" : ""));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Told to end while the model was being loaded.
        }

        await app.WaitForShutdownAsync(cancel).ConfigureAwait(false);
    }

    // An empty builder reads no file and no variable of ASP.NET: what is not on the command line is not so.
    private static WebApplication Build(ServeOptions options, Func<IPictureStore>? open, Func<Clip> load)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(options.Address, options.Port));
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).AddFilter((category, level) =>
            level is LogLevel.Warning or LogLevel.Error && category?.StartsWith(HostLog, StringComparison.Ordinal) != true);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console =>
            console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddClipSharp(_ => load(), server =>
        {
            (server.Model, server.OpenStore, server.ApiKey) = (options.Model, _ => open?.Invoke(), options.ApiKey);
            foreach (var (name, file) in options.Classifiers)
            {
                server.Classifiers.Add(name, file);
            }
        });
        ServeTelemetry.AddTo(builder, options.Collector);
        var app = builder.Build();
        app.UseStatusCodePages(); // unknown routes and methods are problems in words too
        app.MapClipSharp();
        app.MapClipSharpPage();
        return app;
    }

    private static string? UnfitPair(string[] classifiers) =>
        Array.Find(classifiers, pair => pair.IndexOf('=', StringComparison.Ordinal) < 1 || pair.EndsWith('=')) is { } odd
            ? $"--classifier takes NAME=FILE, not \"{odd}\"."
            : Pairs(classifiers).GroupBy(pair => pair.Name).FirstOrDefault(same => same.Count() > 1) is { Key: var twice }
                ? $"--classifier names \"{twice}\" twice." : null;

    private static IEnumerable<(string Name, string File)> Pairs(string[]? classifiers) =>
        (classifiers ?? []).Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], pair[1]));

    private static string Reach(ServeOptions options) =>
        (IPAddress.IsLoopback(options.Address) ? "for this machine alone" : "for whoever reaches this machine")
        + (options.ApiKey is { Length: > 0 } ? ", with the key" : ", without a key");

    // The model and engine of an index; a wrong folder or address is told before anything listens.
    private static (string Model, string Engine)? MadeBy(Func<IPictureStore>? open)
    {
        using var store = open?.Invoke();
        return store is null ? null : (store.Model, store.Engine);
    }
}
