using System.CommandLine;
using ClipSharp.Cli.Rendering;
using ClipSharp.Data;
using ClipSharp.Images;
using ClipSharp.Models;

namespace ClipSharp.Cli.Tests;

/// <summary>Types the examples of every command's help, in the order in which a newcomer needs them, in one folder: what one
/// makes, another takes. Only sizes are smaller, and files that a user brings are stand-ins.</summary>
public sealed class HelpExamplesTests : IDisposable
{
    // Those of the whole program first, for they make what others use.
    private static readonly string[] Order =
    [
        "clipsharp", "clipsharp data synthesize", "clipsharp data inspect", "clipsharp data index", "clipsharp doctor", "clipsharp tokenizer train",
        "clipsharp train",
        "clipsharp inspect", "clipsharp export onnx", "clipsharp convert", "clipsharp zeroshot", "clipsharp similarity",
        "clipsharp embed", "clipsharp index", "clipsharp search",
        "clipsharp eval", "clipsharp eval build", "clipsharp eval overlap", "clipsharp probe", "clipsharp probe predict",
        "clipsharp prompts score", "clipsharp tokenize", "clipsharp preprocess", "clipsharp report", "clipsharp models",
    ];

    // What is not typed, and why.
    private static readonly Dictionary<string, string> NotHere = new()
    {
        ["clipsharp quickstart"] = "minutes of training",
        ["clipsharp pull"] = "the network",
        ["clipsharp serve"] = "runs until it is told to end: ServeCommandTests",
        ["--store postgres://"] = "a database: StoreCommandTests",
        ["--samples 20000"] = "makes again what the program's own examples made",
        ["--batch-size 256 --epochs 10 --name first"] = "makes again what the program's own examples made",
        ["flickr8k.json"] = "a data set that is not part of the repository",
        ["logs/flickr8k"] = "a run of such a data set",
        ["--name flickr8k"] = "a run of such a data set",
    };

    private static readonly (string Printed, string Typed)[] Smaller =
    [
        ("-o shapes", "-o shapes --samples 48 --val-samples 8 --heldout-samples 12"),
        ("--epochs 10 --name first", "--epochs 10 --name first --batch-size 16"),
        ("--batch-size 256", "--batch-size 16"),
        ("--vocab-size 4096", "--vocab-size 600"),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Examples_work_on_what_others_made()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The examples are typed into a shell of Unix.");
        WriteWhatUsersBring();
        using var shell = new TypedCommands(_folder, ".");
        var examples = All(Program.Root()).ToDictionary(HelpPage.PathOf, CommandExamples.Of);
        var unordered = examples.Where(entry => entry.Value.Count > 0 && !Order.Contains(entry.Key))
            .SelectMany(entry => entry.Value);
        Assert.DoesNotContain(unordered, example => !NotHere.Keys.Any(example.Contains));
        foreach (var example in Order.SelectMany(path => examples[path]).Where(example => !NotHere.Keys.Any(example.Contains)))
        {
            var typed = Smaller.Aggregate(example["clipsharp ".Length..],
                (text, pair) => text.Replace(pair.Printed, pair.Typed, StringComparison.Ordinal));
            var (code, output) = shell.RunWarm(typed);
            Assert.True(code == 0, $"{code}: {typed}\n{output}");
            if (example.Contains("--name first", StringComparison.Ordinal))
            {
                CopySplitsAndRuns();
            }
        }

        Assert.Equal(Background.Drop, ModelFiles.Open(_folder["first-huggingface"]).Preprocess.Background);
    }

    private void WriteWhatUsersBring()
    {
        Directory.CreateDirectory(_folder["results"]);
        File.WriteAllText(_folder["results/a.json"],
            """{"dataset": "a", "model": "b", "pretrained": "c", "task": "zeroshot_classification", "metrics": {"acc1": 0.5}}""");
        foreach (var (i, name) in ((string[])["picture.png", "cat.jpg", "dog.jpg", "photos/a.png", "photos/b.png",
            "pets/cat/a.png", "pets/dog/a.png", "pets/cat/b.png", "pets/dog/b.png", "pets/cat/c.png", "pets/dog/c.png",
            "pets/cat/d.png", "pets/dog/d.png", "pets/cat/e.png", "pets/dog/e.png",
            "data/pets/test/cat/a.png", "data/pets/test/cat/b.png", "data/pets/test/dog/c.png", "data/pets/test/dog/d.png"]).Index())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
            File.WriteAllBytes(_folder[name], ColourPictures.Png(i % 3, i));
        }

        File.WriteAllLines(_folder["birds.txt"], ["robin", "wren", "owl"]);
        File.WriteAllLines(_folder["templates.txt"], ["a {}.", "a picture of a {}."]);
        File.WriteAllLines(_folder["captions.txt"], ["a red circle", "two birds"]);
        File.WriteAllLines(_folder["pairs.csv"], ["path,text", "cat.jpg,a cat", "dog.jpg,a dog"]);
        foreach (var i in Enumerable.Range(0, 128))
        {
            Shard($"shards/{i:000}.tar", i);
            if (i < 6)
            {
                Shard($"shards/train-{i:000}.tar", i);
                Shard($"train/{i}.tar", i);
            }
        }

        // OpenAI's file: its vocabulary, its activation, heads of 64.
        File.Copy(SharedFiles.Fixture("tokenizer/bpe_simple_vocab_16e6.txt.gz"), _folder["bpe_simple_vocab_16e6.txt.gz"]);
        var stand = TinyModel.Write(_folder["stand-in"], config: new ModelConfig
        {
            EmbedDim = 32,
            QuickGelu = true,
            Vision = new VisionConfig { Layers = [1], ImageSize = 32, PatchSize = 16, Width = 64 },
            Text = new TextConfig { Width = 64, Heads = 1, Layers = 1 },
        });
        ModelConversion.Write(stand, _folder["ViT-B-32.pt"], "openai");
    }

    private void Shard(string path, int number)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        ShardWriter.Write(_folder[path],
        [
            new($"{number:0000}", "png", ColourPictures.Png(number % 3, number)),
            new($"{number:0000}", "txt",
                System.Text.Encoding.UTF8.GetBytes($"a {ColourPictures.Names[number % 3]} square, number {number}")),
        ]);
    }

    private void CopySplitsAndRuns()
    {
        Copy("shapes/heldout", "data/cifar10/test");
        Copy("shapes/heldout", "data/cifar10");
        foreach (var i in (int[])[0, 1])
        {
            Directory.CreateDirectory(_folder["data/flickr8k/val"]);
            File.Copy(_folder["shapes/val/0.tar"], _folder[$"data/flickr8k/val/{i}.tar"]);
        }

        foreach (var i in (int[])[1, 2, 3])
        {
            Copy("logs/first", $"logs/lr{i}");
        }
    }

    private void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(_folder[from], "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(_folder[to], Path.GetRelativePath(_folder[from], file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
