using System.Globalization;
using ClipSharp.Shapes;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Cli.Tests.Crashes;

/// <summary>A corpus of 40 pictures and a model of 30,000 weights, trained by processes that come to a bad end.</summary>
internal sealed class CrashRun : IDisposable
{
    private readonly string[][] _arguments;

    public CrashRun(int epochs)
    {
        CorpusWriter.Write(Folder["corpus"],
            new CorpusOptions { Samples = 40, ValSamples = 8, HeldoutSamples = 8, ImageSize = 32, Workers = 1 });
        File.WriteAllText(Folder["model.json"], """
            { "embed_dim": 16,
              "vision_cfg": { "image_size": 32, "layers": 1, "width": 32, "patch_size": 16, "head_width": 16 },
              "text_cfg": { "context_length": 12, "vocab_size": 600, "width": 32, "heads": 2, "layers": 1 } }
            """);
        _arguments =
        [
            ["--train-data", Folder["corpus/train"]], ["--model", Folder["model.json"]], ["--vocab-size", "600"],
            ["--batch-size", "10"],
            ["--epochs", epochs.ToString(CultureInfo.InvariantCulture)], ["--lr", "0.01"], ["--ema-decay", "0.9"],
            ["--precision", "fp32"],
            ["--workers", "2"], ["--log-every-n-steps", "1"], ["--logs", Folder["logs"]], ["--save-every-steps", "3"],
            ["--aug-cfg", "scale=[0.5,1]", "flip=0.5"],
        ];
    }

    public TemporaryFolder Folder { get; } = new();

    /// <summary>The run's arguments, those of <paramref name="more"/> in place of its own.</summary>
    public IEnumerable<string> Arguments(string name, params string[] more) =>
        [.. _arguments.Where(own => !more.Contains(own[0])).SelectMany(own => own), "--name", name, .. more];

    public string Root(string name) => Folder[$"logs/{name}"];

    public string Checkpoints(string name) => Folder[$"logs/{name}/checkpoints"];

    /// <summary>Whether a save is under way, or was when the process died.</summary>
    public bool IsSaving(string name) =>
        Directory.Exists(Checkpoints(name)) && Directory.EnumerateDirectories(Checkpoints(name)).Any(IsUnfinished);

    /// <summary>Trains to the end, undisturbed.</summary>
    /// <returns>Weights, moments and averages of the last checkpoint.</returns>
    public byte[] Undisturbed(string name)
    {
        using var process = TrainingProcess.Start(Arguments(name));
        Assert.True(process.Wait() == 0, process.Said);
        return Bits(name);
    }

    /// <summary>Weights, moments and averages of the last checkpoint, which is whole.</summary>
    public byte[] Bits(string name)
    {
        var last = Checkpoint.Latest(Checkpoints(name))!;
        Assert.Null(Checkpoint.Fault(last, default));
        return [.. File.ReadAllBytes(Path.Combine(last, "open_clip_model.safetensors")),
            .. File.ReadAllBytes(Path.Combine(last, "training/state.safetensors"))];
    }

    /// <summary>Every checkpoint that has its name is as it was written.</summary>
    public void RequireAllWhole(string name)
    {
        foreach (var folder in Directory.Exists(Checkpoints(name)) ? Directory.GetDirectories(Checkpoints(name)) : [])
        {
            Assert.True(IsUnfinished(folder) || Checkpoint.Fault(folder, default) is null, folder);
        }
    }

    /// <summary>A line of the run's log.</summary>
    public bool HasLogged(string name, string text)
    {
        var log = Folder[$"logs/{name}/out.log"];
        return File.Exists(log) && Read(log).Contains(text, StringComparison.Ordinal);
    }

    /// <summary>Steps in the run's curves.</summary>
    public int Steps(string name)
    {
        var metrics = Folder[$"logs/{name}/metrics.jsonl"];
        return File.Exists(metrics) ? Read(metrics).Split("\"loss\"").Length - 1 : 0;
    }

    public void Dispose() => Folder.Dispose();

    private static bool IsUnfinished(string folder) => folder.EndsWith(".tmp", StringComparison.Ordinal);

    private static string Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}
