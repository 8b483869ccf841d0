using System.Text.Json.Nodes;
using ClipSharp.Torch;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Checkpoints;
using ClipSharp.Weights;

namespace ClipSharp.Training.Tests.Runs;

/// <summary>Runs that go on with something about them changed.</summary>
public sealed class ChangedResumeTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Without_averages_a_run_that_had_them_goes_on_with_its_live_weights()
    {
        var never = _tiny.Run(_tiny.Options("never") with { EmaDecay = 0 });
        _tiny.RunUntil(2, _tiny.Options());

        var end = _tiny.Run(_tiny.Options() with { Resume = "latest", EmaDecay = 0, AllowChange = true });

        Assert.True(end.Completed);
        Assert.Equal(TinyRun.Weights(never.Checkpoint!), TinyRun.Weights(end.Checkpoint!));
    }

    [Fact]
    public void Averages_that_a_run_did_not_have_begin_with_its_live_weights()
    {
        var plain = _tiny.Options() with { EmaDecay = 0 };
        var never = _tiny.Run(plain with { Name = "never" });
        var stopped = _tiny.RunUntil(2, plain).Checkpoint!;
        var options = plain with { EmaDecay = 0.9, AllowChange = true, Resume = "latest" };
        using (var setup = TrainingSetup.Create(options, stopped, _ => { }, default))
        {
            setup.Restore(new ResumePoint(stopped, Checkpoint.ReadState(stopped)));
            var live = setup.Model.NamedWeights().ToDictionary(w => w.Name, w => w.Value.bytes.ToArray());
            Assert.All(setup.Average!.State(), average =>
                Assert.True(average.Value.bytes.SequenceEqual(live[average.Name]), average.Name));
        }

        var end = _tiny.Run(options);

        using var file = WeightsFile.Open(Path.Combine(end.Checkpoint!, "training/state.safetensors"));
        using var expected = WeightsFile.Open(Path.Combine(never.Checkpoint!, "open_clip_model.safetensors"));
        foreach (var (name, tensor) in expected.Tensors)
        {
            Assert.True(Bytes(tensor).SequenceEqual(Bytes(file.Tensors[$"live/{name}"])), name);
        }
    }

    [Fact]
    public void A_good_checkpoint_of_another_step_is_never_replaced()
    {
        _tiny.Run(_tiny.Options());
        var before = TinyRun.Weights(Path.Combine(_tiny.Checkpoints(), "epoch_1"));

        // Ten steps an epoch instead of four: epoch 1 ends at step 10.
        var end = _tiny.Run(_tiny.Options() with { Resume = "latest", TrainNumSamples = 100, Epochs = 1, AllowChange = true });

        Assert.Equal(["epoch_1", "epoch_2", "step_10"], _tiny.CheckpointNames());
        Assert.Equal("step_10", Path.GetFileName(end.Checkpoint));
        Assert.Equal(4, Checkpoint.ReadState(Path.Combine(_tiny.Checkpoints(), "epoch_1")).Step);
        Assert.Equal(before, TinyRun.Weights(Path.Combine(_tiny.Checkpoints(), "epoch_1")));
        Assert.Null(Checkpoint.Fault(end.Checkpoint!, default));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_run_was_trained_on_from_is_not_needed_to_go_on(bool isImageTower)
    {
        var source = _tiny.Run(_tiny.Options("source")).Checkpoint!;
        var options = isImageTower
            ? _tiny.Options() with { PretrainedImage = source }
            : _tiny.Options() with { Pretrained = source, VocabSize = null };
        var whole = _tiny.Run(options with { Name = "whole" });
        _tiny.RunUntil(2, options);
        Directory.Delete(_tiny.Folder["logs/source"], recursive: true);

        var end = _tiny.Run(options with { Resume = "latest" });

        Assert.True(end.Completed);
        Assert.Equal(TinyRun.Weights(whole.Checkpoint!), TinyRun.Weights(end.Checkpoint!));
        Assert.Contains("source", File.ReadAllText(_tiny.Folder["logs/run/config.json"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Another_model_to_start_from_changes_nothing_of_a_run_that_goes_on(bool isImageTower)
    {
        var source = _tiny.Run(_tiny.Options("source")).Checkpoint!;
        var options = isImageTower
            ? _tiny.Options() with { PretrainedImage = source }
            : _tiny.Options() with { Pretrained = source, VocabSize = null };
        _tiny.RunUntil(2, options);

        _tiny.Run(isImageTower
            ? options with { Resume = "latest", PretrainedImage = "logs/renamed" }
            : options with { Resume = "latest", Pretrained = "logs/renamed" });

        Assert.DoesNotContain(_tiny.Warnings, w => w.Contains("changed", StringComparison.Ordinal));
        var config = JsonNode.Parse(File.ReadAllText(_tiny.Folder["logs/run/config.json"]))!;
        Assert.Equal(source, config[isImageTower ? "pretrained_image" : "pretrained"]!.GetValue<string>());
    }

    [Fact]
    public void Jpegs_decoded_another_way_are_a_change()
    {
        _tiny.RunUntil(2, _tiny.Options());
        var options = _tiny.Options() with { Resume = "latest", JpegDraft = true };

        var refusal = Assert.Throws<ClipException>(() => _tiny.Run(options));

        Assert.Contains("jpeg_draft: false -> true", refusal.Message, StringComparison.Ordinal);
        Assert.True(_tiny.Run(options with { AllowChange = true }).Completed);
    }

    [Fact]
    public void A_micro_batch_is_chosen_once()
    {
        _tiny.RunUntil(2, _tiny.Options() with { MicroBatch = 5 }); // not what memory would ask for

        var end = _tiny.Run(_tiny.Options() with { MicroBatch = TrainOptions.AutoMicroBatch, Resume = "latest" });

        Assert.DoesNotContain(_tiny.Warnings, w => w.Contains("changed", StringComparison.Ordinal));
        Assert.Equal(5, Checkpoint.ReadState(end.Checkpoint!).Options.MicroBatch);
    }

    [Theory] // One of the two is not what this machine would decide.
    [InlineData(NumberFormat.Fp32)]
    [InlineData(NumberFormat.Bf16)]
    public void A_number_format_is_decided_once(NumberFormat format)
    {
        var decided = _tiny.RunUntil(1, _tiny.Options("decided") with { Precision = NumberFormat.Auto }).Checkpoint!;
        Assert.Equal(Precision.Of(NumberFormat.Auto, TorchDevice.Cpu).Format, Checkpoint.ReadState(decided).Options.Precision);
        var whole = _tiny.Run(_tiny.Options("whole") with { Precision = format });
        _tiny.RunUntil(2, _tiny.Options() with { Precision = format });

        var end = _tiny.Run(_tiny.Options() with { Precision = NumberFormat.Auto, Resume = "latest" });

        Assert.DoesNotContain(_tiny.Warnings, w => w.Contains("changed", StringComparison.Ordinal));
        Assert.Equal(TinyRun.Weights(whole.Checkpoint!), TinyRun.Weights(end.Checkpoint!));
        var config = JsonNode.Parse(File.ReadAllText(_tiny.Folder["logs/run/config.json"]))!;
        Assert.Equal(Precision.NameOf(format), config["precision"]!.GetValue<string>());
    }

    [Fact]
    public void Every_start_has_its_minutes()
    {
        var stopped = _tiny.RunUntil(2, _tiny.Options()).Checkpoint!;
        var file = Path.Combine(stopped, "training/state.json");
        var state = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        (state["seconds"], state["format"]) = (7200, 1); // two hours of training, and no manifest to compare with
        File.WriteAllText(file, state.ToJsonString());

        var end = _tiny.Run(_tiny.Options() with { Resume = "latest", MaxMinutes = 60 });

        Assert.True(end.Completed);
        Assert.True(end.Training > TimeSpan.FromHours(2)); // the run's, in all
    }

    private static byte[] Bytes(NamedTensor tensor)
    {
        var bytes = new byte[tensor.ByteLength];
        tensor.CopyTo(bytes);
        return bytes;
    }
}
