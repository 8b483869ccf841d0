using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary>What a quickstart is asked for.</summary>
/// <param name="Folder">For corpus, pictures, run and page.</param>
/// <param name="Samples">Training pictures.</param>
/// <param name="Epochs">Passes over them.</param>
/// <param name="Seed">Of corpus and training.</param>
internal sealed record QuickstartOptions(string Folder, int Samples, int Epochs, long Seed);

/// <summary><c>clipsharp quickstart</c>: draws the built-in corpus, trains a CLIP on it from scratch, lets it name combinations
/// it never saw, and writes a page about it. Goes on where it was stopped.</summary>
internal static class QuickstartCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var folder = new Option<string>("--output", "-o")
        {
            Description = "The folder for corpus, run and page.",
            HelpName = "path",
            DefaultValueFactory = _ => Path.Combine("runs", "quickstart"),
        };
        var samples = new Option<int>("--samples")
        {
            Description = "Training pictures.",
            HelpName = "n",
            DefaultValueFactory = _ => 20_000,
        };
        var epochs = new Option<int>("--epochs")
        {
            Description = "Passes over them.",
            HelpName = "n",
            DefaultValueFactory = _ => 3,
        };
        var seed = SharedOptions.Seed();
        var command = new Command("quickstart", "Train a CLIP on drawn shapes and let it name what it never saw, in minutes.")
        {
            folder, samples, epochs, seed,
        };
        command.SetAction((parsed, cancel) =>
        {
            var options = new QuickstartOptions(parsed.GetValue(folder)!, parsed.GetValue(samples), parsed.GetValue(epochs),
                parsed.GetValue(seed));
            new Quickstart(options, Output.Of(parsed)).Run(cancel);
            return Task.CompletedTask;
        });
        return command.WithExample("clipsharp quickstart");
    }
}
