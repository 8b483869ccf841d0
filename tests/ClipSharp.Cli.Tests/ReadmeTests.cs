using ClipSharp.Models;
using ClipSharp.Shapes;

namespace ClipSharp.Cli.Tests;

/// <summary>Runs the commands of README.md and of pages of docs in the order printed, as a user who has made the folders they
/// name; the hub is on this machine and serves a tiny model. A quickstart is short here, and so is every training.</summary>
public sealed class ReadmeTests : IDisposable
{
    private const string Prompt = "./clipsharp ";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/search.md")]
    [InlineData("docs/train-your-own.md")]
    [InlineData("docs/training.md")]
    public async Task Every_command_works_as_printed(string page)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are written for a shell of Unix.");
        using var hub = Serve();
        WriteFolders();
        using var shell = new TypedCommands(_folder, "work", hub.Address);
        var commands = (await File.ReadAllLinesAsync(Path.Combine(SharedFiles.Root, page), TestContext.Current.CancellationToken))
            .Where(line => line.StartsWith(Prompt, StringComparison.Ordinal)).Select(line => line[Prompt.Length..])
                .Where(command => !command.StartsWith("test", StringComparison.Ordinal)
                    && !command.StartsWith("serve", StringComparison.Ordinal) // runs until told to end: ServeCommandTests
                    && !command.Contains("--store", StringComparison.Ordinal)); // a database: StoreCommandTests
        foreach (var command in commands)
        {
            var (code, output) = page == "README.md" ? shell.Run(Shortened(command)) : shell.RunWarm(Shortened(command));
            Assert.True(code == 0, $"{page}: {command}\n{output}");
        }
    }

    [Fact]
    public void What_a_quickstart_says_to_type_next_works()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are run by a shell of Unix.");
        Directory.CreateDirectory(_folder["work"]);
        using var shell = new TypedCommands(_folder, "work");
        var (code, output) = shell.Run(Shortened("quickstart"));
        Assert.True(code == 0, output);
        Assert.Contains("Pairs a second that this machine trains: ", output, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["work/runs/quickstart/report.html"]));

        var next = output.Split('\n').Where(line => line.StartsWith("  " + Prompt, StringComparison.Ordinal)).ToList();
        Assert.Equal(["zeroshot", "index", "search", "serve", "train"], next.Select(line => line.Split(' ')[3]));
        foreach (var line in next)
        {
            var typed = line.Trim()[Prompt.Length..];
            (code, output) = typed.StartsWith("serve ", StringComparison.Ordinal)
                ? shell.Serve(typed + " --port 0", "/v1/search", """{ "query": "a red circle", "top": 2 }""")
                : shell.Run(typed);
            Assert.True(code == 0, $"{line}\n{output}");
        }

        // Again: what is done is not done twice.
        (code, output) = shell.Run(Shortened("quickstart"));
        Assert.True(code == 0, output);
        Assert.DoesNotContain("Pairs a second that this machine trains: ", output, StringComparison.Ordinal);
        Assert.Contains("since this start; training", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quickstart_that_cannot_begin_leaves_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are run by a shell of Unix.");
        Directory.CreateDirectory(_folder["work"]);
        using var shell = new TypedCommands(_folder, "work");
        Assert.Equal(64, shell.Run("quickstart --epochs 0").Code);
        Assert.Equal(64, shell.Run("quickstart --samples 0").Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["work"]));
    }

    private static string Shortened(string command) => command == "quickstart"
        ? command + " --samples 256 --epochs 1"
        : command.Replace("--epochs 30", "--epochs 1", StringComparison.Ordinal)
        .Replace("--epochs 10", "--epochs 1", StringComparison.Ordinal)
        .Replace("--samples 20000", "--samples 256 --val-samples 8 --heldout-samples 8", StringComparison.Ordinal)
        .Replace("{0..19}", "0", StringComparison.Ordinal)
        .Replace("RN-Tiny-64", "RN-Tiny-32", StringComparison.Ordinal);

    private FakeHub Serve()
    {
        ModelConversion.Write(TinyModel.Write(_folder["tiny"]), _folder["huggingface"], "huggingface");
        return new FakeHub("openai/clip-vit-base-patch32",
        [
            .. Directory.EnumerateFiles(_folder["huggingface"], "*", SearchOption.AllDirectories)
                .Select(path => (Path.GetRelativePath(_folder["huggingface"], path).Replace('\\', '/'), File.ReadAllBytes(path))),
        ]);
    }

    private void WriteFolders()
    {
        CorpusExamples.Write(_folder["work/pairs"], new CorpusOptions(), count: 96, imageSize: 64);
        Directory.CreateDirectory(_folder["work/photos"]);
        foreach (var (i, name) in ColourPictures.Names.Index())
        {
            File.WriteAllBytes(_folder[$"work/photos/{name}.png"], ColourPictures.Png(i));
        }

        Directory.CreateDirectory(_folder["work/photos/trip"]);
        File.WriteAllBytes(_folder["work/photos/trip/IMG_0042.jpg"], ColourPictures.Png(0, 30)); // a picture is its bytes
        File.WriteAllBytes(_folder["work/dog.jpg"], ColourPictures.Png(1, 30));
    }
}
