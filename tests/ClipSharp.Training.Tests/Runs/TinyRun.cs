using ClipSharp.Models;
using ClipSharp.Shapes;
using ClipSharp.Torch;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Evaluations;

namespace ClipSharp.Training.Tests.Runs;

/// <summary>A corpus of 40 pictures, a model of 30,000 weights, and runs of 4 steps an epoch.</summary>
internal sealed class TinyRun : IDisposable
{
    public TinyRun()
    {
        CorpusWriter.Write(Folder["corpus"],
            new CorpusOptions { Samples = 40, ValSamples = 8, HeldoutSamples = 8, ImageSize = 32, Workers = 1 });
        File.WriteAllText(Folder["model.json"], """
            { "embed_dim": 16,
              "vision_cfg": { "image_size": 32, "layers": 1, "width": 32, "patch_size": 16, "head_width": 16, "patch_dropout": 0.25 },
              "text_cfg": { "context_length": 12, "vocab_size": 600, "width": 32, "heads": 2, "layers": 1 } }
            """);
    }

    public TemporaryFolder Folder { get; } = new();

    public List<TrainingEvent> Events { get; } = [];

    public IEnumerable<string> Warnings => Events.OfType<TrainingWarning>().Select(w => w.Text);

    public TrainOptions Options(string name = "run") => new()
    {
        TrainData = Folder["corpus/train"],
        IndexCache = Folder["index"],
        Model = Folder["model.json"],
        VocabSize = 600,
        BatchSize = 10,
        Epochs = 2,
        Lr = 1e-2,
        EmaDecay = 0.9,
        Precision = NumberFormat.Fp32,
        Workers = 1,
        LogEveryNSteps = 1,
        Keep = 0,
        Logs = Folder["logs"],
        Name = name,
        AugCfg = new() { Scale = [0.5, 1], Flip = 0.5 },
    };

    public string Checkpoints(string name = "run") => Folder[$"logs/{name}/checkpoints"];

    public IEnumerable<string?> CheckpointNames(string name = "run") =>
        Directory.GetFileSystemEntries(Checkpoints(name)).Select(Path.GetFileName).Order();

    /// <summary>Runs, gathering <see cref="Events"/> anew.</summary>
    public TrainingEnd Run(TrainOptions options, Action<TrainingEvent>? sink = null,
        ModelEvaluation? evaluate = null, CancellationToken cancel = default)
    {
        Events.Clear();
        return new TrainingRun(options, Tell, evaluate ?? ((_, _) => [new("quality", 0.5)]), TimeProvider.System).Run(cancel);

        void Tell(TrainingEvent happened)
        {
            Events.Add(happened);
            sink?.Invoke(happened);
        }
    }

    /// <summary>Runs until so many steps are done.</summary>
    public TrainingEnd RunUntil(int step, TrainOptions options)
    {
        using var stop = new CancellationTokenSource();
        return Run(options, happened =>
        {
            if (happened is TrainingProgress progress && progress.Result.Step + 1 == step)
            {
                stop.Cancel();
            }
        }, cancel: stop.Token);
    }

    public static byte[] Weights(string checkpoint) => File.ReadAllBytes(ModelFiles.Open(checkpoint).WeightsPaths[0]);

    /// <summary>Flips a bit in the middle of a file.</summary>
    public static void Damage(string file)
    {
        using var stream = new FileStream(file, FileMode.Open);
        stream.Seek(stream.Length / 2, SeekOrigin.Begin);
        var value = stream.ReadByte();
        stream.Seek(-1, SeekOrigin.Current);
        stream.WriteByte((byte)(value ^ 4));
    }

    public void Dispose() => Folder.Dispose();
}
