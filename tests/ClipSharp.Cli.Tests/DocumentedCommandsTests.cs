using System.Text.RegularExpressions;
using ClipSharp.Models;

namespace ClipSharp.Cli.Tests;

/// <summary>Runs the commands of docs/commands.md as a user does and compares what they print; CLIPSHARP_ACCEPT=1 writes it
/// down.</summary>
public sealed partial class DocumentedCommandsTests : IDisposable
{
    private const string Prompt = "$ ./clipsharp ", Fence = "```";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Commands_print_what_their_page_shows()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The page shows paths of Unix.");
        var page = Path.Combine(SharedFiles.Root, "docs", "commands.md");
        var shown = (await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken)).Split('\n');
        using var models = ServeModel();
        using var data = ServeData();
        WritePictures();
        using var shellOfModels = new TypedCommands(_folder, "work", models.Address);
        using var shellOfData = new TypedCommands(_folder, "work", data.Address);
        var printed = new List<string>();
        for (var i = 0; i < shown.Length; i++)
        {
            printed.Add(shown[i]);
            if (!shown[i].StartsWith(Prompt, StringComparison.Ordinal))
            {
                continue;
            }

            var isOfData = shown[i].Contains("--repo-type dataset", StringComparison.Ordinal);
            var output = Run(isOfData ? shellOfData : shellOfModels, shown[i][Prompt.Length..]);
            var end = Array.FindIndex(shown, i + 1, line => line.StartsWith(Prompt, StringComparison.Ordinal) || line == Fence);
            var before = shown[(i + 1)..end];
            printed.AddRange(Same(before, output) ? before : output);
            i = end - 1;
        }

        var text = string.Join('\n', printed);
        if (Environment.GetEnvironmentVariable("CLIPSHARP_ACCEPT") == "1")
        {
            await File.WriteAllTextAsync(page, text, TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken), text);
    }

    private FakeHub ServeModel()
    {
        ModelConversion.Write(TinyModel.Write(_folder["tiny"]), _folder["huggingface"], "huggingface");
        Directory.CreateDirectory(_folder["work/tokenizer"]);
        File.Copy(_folder["tiny/vocab.json"], _folder["work/tokenizer/vocab.json"]);
        File.Copy(_folder["tiny/merges.txt"], _folder["work/tokenizer/merges.txt"]);
        return new FakeHub("example/clip-tiny",
            [.. FilesOf("huggingface"), ("README.md", "A tiny one."u8.ToArray()), ("pytorch_model.bin", new byte[30_000])]);
    }

    private FakeHub ServeData()
    {
        ColourPictures.WriteSplit(_folder, 12);
        return new FakeHub("datasets/clip-benchmark/wds_colours", [.. FilesOf("colours"), ("train/0.tar", new byte[20_480])]);
    }

    private void WritePictures()
    {
        Directory.CreateDirectory(_folder["work/pictures"]);
        foreach (var (i, name) in ColourPictures.Names.Index())
        {
            File.WriteAllBytes(_folder[$"work/{name}.png"], ColourPictures.Png(i));
            File.WriteAllBytes(_folder[$"work/pictures/{name}.png"], ColourPictures.Png(i));
        }

        File.WriteAllBytes(_folder["work/pictures/broken.png"], ColourPictures.Png(0)[..40]);
        File.WriteAllLines(_folder["work/labels.txt"], ColourPictures.Names);
    }

    private (string, byte[])[] FilesOf(string name) =>
    [
        .. Directory.EnumerateFiles(_folder[name], "*", SearchOption.AllDirectories)
            .Select(path => (Path.GetRelativePath(_folder[name], path).Replace('\\', '/'), File.ReadAllBytes(path))),
    ];

    private List<string> Run(TypedCommands shell, string arguments)
    {
        var (_, output) = shell.RunWarm(arguments);
        return [.. output.Replace(_folder["hub"], "~/.cache/huggingface", StringComparison.Ordinal).TrimEnd('\n').Split('\n')
            .Select(line => line.TrimEnd()).Where(line => !Progress().IsMatch(line))];
    }

    // Differences of features and speeds are the machine's.
    private static bool Same(IEnumerable<string> shown, IEnumerable<string> printed) =>
        shown.Select(Settled).SequenceEqual(printed.Select(Settled));

    private static string Settled(string line) => Measured().Replace(line, "#");

    [GeneratedRegex(@"(?<=(image|text|by) )[0-9.]+e-[0-9]+|[0-9.,]+(?=/s(:|$))|[0-9.]+(?= (s|ms|min)\b)")]
    private static partial Regex Measured();

    // Only where a command takes over two seconds.
    [GeneratedRegex(@"^\w+: [0-9,]+ of [0-9,]+ .* left$")]
    private static partial Regex Progress();
}
