using System.Text.Json;
using ClipSharp.Data.Synthetic;
using ClipSharp.Models;
using ClipSharp.Torch;
using ClipSharp.Training.Runs;

namespace ClipSharp.Training.Tests.Runs;

public sealed class TrainingRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainingRunTests()
    {
        CorpusWriter.Write(_folder["corpus"], new CorpusOptions { Samples = 40, ValSamples = 8, HeldoutSamples = 8, ImageSize = 32, Workers = 1 });
        File.WriteAllText(_folder["model.json"], """
            { "embed_dim": 16,
              "vision_cfg": { "image_size": 32, "layers": 1, "width": 32, "patch_size": 16, "head_width": 16, "patch_dropout": 0.25 },
              "text_cfg": { "context_length": 12, "vocab_size": 600, "width": 32, "heads": 2, "layers": 1 } }
            """);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_run_that_was_stopped_goes_on_to_the_same_bits(int stopAfter)
    {
        var whole = Run(Options("whole"));
        using var stop = new CancellationTokenSource();
        var first = Run(Options("stopped") with { Workers = 3 }, e => StopAt(e, stopAfter, stop), stop.Token);
        Assert.False(first.Completed);
        Assert.Equal(stopAfter + 1, first.Steps); // the step that was under way when the signal came

        var second = Run(Options("stopped") with { Resume = "latest" });

        Assert.True(second.Completed);
        Assert.Equal(whole.Steps, second.Steps);
        foreach (var file in (string[])["open_clip_model.safetensors", "training/state.safetensors", "vocab.json", "merges.txt"])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Checkpoint, file)), File.ReadAllBytes(Path.Combine(second.Checkpoint, file)));
        }
    }

    [Fact]
    public void A_checkpoint_is_a_model_that_loads_and_a_run_folder_tells_its_story()
    {
        var end = Run(Options("run"));

        using var clip = TorchClip.Load(end.Checkpoint);
        Assert.Equal(16, clip.EncodeTexts(["a red star"]).Dimension);
        var folder = _folder["logs/run"];
        var lines = File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(8, lines.Count(l => l.TryGetProperty("loss", out _)));
        Assert.Equal(2, lines.Count(l => l.TryGetProperty("eval", out var eval) && eval.GetProperty("quality").GetDouble() == 0.5));
        Assert.Contains("batch_size: 10", File.ReadAllLines(Path.Combine(folder, "params.txt")));
        Assert.NotEmpty(File.ReadAllText(Path.Combine(folder, "out.log")));
    }

    [Fact]
    public void Old_checkpoints_go_and_the_newest_stay()
    {
        Run(Options("run") with { Epochs = 4, Keep = 2 });

        var names = Directory.GetDirectories(_folder["logs/run/checkpoints"]).Select(Path.GetFileName).Order();
        Assert.Equal(["epoch_3", "epoch_4"], names);
    }

    [Fact]
    public void A_run_that_exists_is_neither_overwritten_nor_mixed_up()
    {
        Run(Options("run"));

        var refused = Assert.Throws<ClipException>(() => Run(Options("run")));
        Assert.Contains("--resume latest", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_data_are_refused_on_resume()
    {
        Run(Options("run"));
        CorpusWriter.Write(_folder["other"], new CorpusOptions { Samples = 40, ValSamples = 1, HeldoutSamples = 1, ImageSize = 32, Seed = 9 });

        var refused = Assert.Throws<ClipException>(() => Run(Options("run") with { TrainData = _folder["other/train"], Resume = "latest", Epochs = 3 }));
        Assert.Equal(ClipError.Config, refused.Kind);
    }

    [Fact]
    public void A_second_process_in_the_same_folder_is_refused()
    {
        using var first = RunFolder.Open(_folder["logs/run"], Options("run"), TimeProvider.System);

        var refused = Assert.Throws<ClipException>(() => RunFolder.Open(_folder["logs/run"], Options("run"), TimeProvider.System));
        Assert.Equal(ClipError.CannotCreate, refused.Kind);
    }

    [Fact]
    public void A_checkpoint_that_was_not_finished_is_not_taken_for_the_latest()
    {
        var end = Run(Options("run"));
        var checkpoints = Path.GetDirectoryName(end.Checkpoint)!;
        Directory.CreateDirectory(Path.Combine(checkpoints, "epoch_9.tmp/training"));
        Directory.CreateDirectory(Path.Combine(checkpoints, "epoch_8"));

        Assert.Equal(end.Checkpoint, Checkpoint.Latest(checkpoints));
    }

    [Fact]
    public void The_average_is_saved_as_the_model_and_the_live_weights_beside_it()
    {
        var plain = Run(Options("plain") with { EmaDecay = 0 });
        var averaged = Run(Options("averaged"));

        Assert.NotEqual(Weights(plain), Weights(averaged));
        using var state = ClipSharp.Weights.SafetensorsFile.Open(Path.Combine(averaged.Checkpoint, "training/state.safetensors"));
        using var model = ClipSharp.Weights.SafetensorsFile.Open(ModelFiles.Open(plain.Checkpoint).WeightsPaths[0]);
        Assert.Equal(model.ReadFloats("visual.proj"), state.ReadFloats("live/visual.proj")); // averaging does not touch training
    }

    [Fact]
    public void Shuffled_pairs_train_on_other_captions()
    {
        Assert.NotEqual(Weights(Run(Options("true"))), Weights(Run(Options("shuffled") with { ShufflePairs = true })));
    }

    public void Dispose() => _folder.Dispose();

    private static void StopAt(TrainingEvent happened, int step, CancellationTokenSource stop)
    {
        if (happened is TrainingProgress progress && progress.Result.Step + 1 == step)
        {
            stop.Cancel();
        }
    }

    private static byte[] Weights(TrainingEnd end) => File.ReadAllBytes(ModelFiles.Open(end.Checkpoint).WeightsPaths[0]);

    private static TrainingEnd Run(TrainOptions options, Action<TrainingEvent>? sink = null, CancellationToken cancel = default) =>
        new TrainingRun(options, sink ?? (_ => { }), _ => [new("quality", 0.5)], TimeProvider.System).Run(cancel);

    private TrainOptions Options(string name) => new()
    {
        TrainData = _folder["corpus/train"],
        Model = _folder["model.json"],
        VocabSize = 600,
        BatchSize = 10,
        Epochs = 2,
        Lr = 1e-2,
        EmaDecay = 0.9,
        Precision = "fp32",
        Workers = 1,
        LogEveryNSteps = 1,
        Keep = 0,
        Logs = _folder["logs"],
        Name = name,
        AugCfg = new() { Scale = [0.5, 1], Flip = 0.5 },
    };
}
