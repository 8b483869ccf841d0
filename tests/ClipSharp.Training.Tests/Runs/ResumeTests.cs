using System.Text.Json.Nodes;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Training.Tests.Runs;

public sealed class ResumeTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Changed_options_are_refused_a_line_each_and_the_run_keeps_its_own()
    {
        _tiny.RunUntil(2, _tiny.Options());
        var config = File.ReadAllText(_tiny.Folder["logs/run/config.json"]);

        var refused = Assert.Throws<ClipException>(
            () => _tiny.Run(_tiny.Options() with { Resume = "latest", Lr = 0.5, AugCfg = new() { Flip = 0.25 } }));

        Assert.Equal(ClipError.Config, refused.Kind);
        Assert.Contains("lr: 0.01 -> 0.5", refused.Message, StringComparison.Ordinal);
        Assert.Contains(_tiny.Warnings, w => w.EndsWith("aug_cfg.flip: 0.5 -> 0.25", StringComparison.Ordinal));
        Assert.Equal(config, File.ReadAllText(_tiny.Folder["logs/run/config.json"]));
    }

    [Fact]
    public void Allowed_changes_are_told_and_hold()
    {
        _tiny.RunUntil(2, _tiny.Options());

        var end = _tiny.Run(_tiny.Options() with { Resume = "latest", Epochs = 3, AllowChange = true });

        Assert.Equal(12, end.Steps);
        Assert.Contains(_tiny.Warnings, w => w.EndsWith("epochs: 2 -> 3", StringComparison.Ordinal));
    }

    [Fact]
    public void Options_that_change_no_weight_may_change()
    {
        var whole = _tiny.Run(_tiny.Options("whole"));
        _tiny.RunUntil(2, _tiny.Options());

        var end = _tiny.Run(_tiny.Options() with
        {
            Resume = "latest",
            Workers = 2,
            LogEveryNSteps = 3,
            SaveEverySteps = 3,
            SaveFrequency = 2,
            Keep = 5,
            CacheMegabytes = 1,
            ValFrequency = 3,
        });

        Assert.True(end.Completed);
        Assert.DoesNotContain(_tiny.Warnings, w => w.Contains("changed", StringComparison.Ordinal));
        Assert.Equal(TinyRun.Weights(whole.Checkpoint!), TinyRun.Weights(end.Checkpoint!));
    }

    [Fact]
    public void Another_model_file_under_the_same_name_is_a_change()
    {
        _tiny.RunUntil(2, _tiny.Options());
        var model = _tiny.Folder["model.json"];
        File.WriteAllText(model, File.ReadAllText(model)
            .Replace("\"patch_dropout\": 0.25", "\"patch_dropout\": 0.5", StringComparison.Ordinal));

        var refused = Assert.Throws<ClipException>(() => _tiny.Run(_tiny.Options() with { Resume = "latest" }));

        Assert.Contains("vision_cfg.patch_dropout: 0.25 -> 0.5", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_request_while_a_step_goes_through_its_micro_batches_loses_nothing()
    {
        var options = _tiny.Options() with { BatchSize = 40, MicroBatch = 1, Epochs = 6, SaveFrequency = 100 };
        var whole = _tiny.Run(options);
        var stopped = options with { Name = "stopped" };
        TrainingEnd end;
        do
        {
            // Comes, mostly, while the step after the first is under way: it has forty micro-batches.
            using var stop = new CancellationTokenSource();
            end = _tiny.Run(stopped, happened =>
            {
                if (happened is TrainingProgress)
                {
                    stop.CancelAfter(10);
                }
            }, cancel: stop.Token);
            Assert.Equal(_tiny.Events.OfType<TrainingProgress>().Last().Result.Step + 1,
                Checkpoint.ReadState(end.Checkpoint!).Step);
            stopped = stopped with { Resume = "latest" };
        }
        while (!end.Completed);

        Assert.Equal(whole.Steps, end.Steps);
        Assert.Equal(TinyRun.Weights(whole.Checkpoint!), TinyRun.Weights(end.Checkpoint!));
    }

    [Fact]
    public void An_evaluation_that_a_signal_cut_off_is_made_up_for()
    {
        using var stop = new CancellationTokenSource();
        var first = _tiny.Run(_tiny.Options(), evaluate: (_, cancel) =>
        {
            stop.Cancel();
            cancel.ThrowIfCancellationRequested();
            return [];
        }, cancel: stop.Token);
        Assert.Equal((4, false), (first.Steps, first.Completed));

        _tiny.Run(_tiny.Options() with { Resume = "latest" });

        Assert.Equal([4L, 8L], _tiny.Events.OfType<TrainingEvaluated>().Select(e => e.Step));
    }

    [Fact]
    public void Cut_off_in_its_last_evaluation_a_run_is_not_done()
    {
        using var stop = new CancellationTokenSource();
        var first = _tiny.Run(_tiny.Options(), evaluate: (trained, cancel) =>
        {
            if (trained.Last)
            {
                stop.Cancel();
                cancel.ThrowIfCancellationRequested();
            }

            return [new("quality", 1)];
        }, cancel: stop.Token);
        Assert.Equal((8, false), (first.Steps, first.Completed));

        Assert.True(_tiny.Run(_tiny.Options() with { Resume = "latest" }).Completed);
        Assert.Equal(8, Assert.Single(_tiny.Events.OfType<TrainingEvaluated>()).Step);
    }

    [Fact]
    public void Stopped_before_the_first_step_a_run_ends_without_a_checkpoint()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        var end = _tiny.Run(_tiny.Options(), cancel: stop.Token);

        Assert.Equal(new TrainingEnd(null, 0, false, TimeSpan.Zero), end);
    }

    [Fact]
    public void Stopped_while_it_gets_ready_a_run_ends_without_a_checkpoint()
    {
        using var stop = new CancellationTokenSource();

        var end = _tiny.Run(_tiny.Options(), Ready, cancel: stop.Token);

        Assert.Null(end.Checkpoint);
        Assert.Contains(_tiny.Events, IsLast);

        void Ready(TrainingEvent happened)
        {
            if (IsLast(happened))
            {
                stop.Cancel();
            }
        }

        static bool IsLast(TrainingEvent happened) => happened.ToString().StartsWith("Model:", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_of_huggingface_s_keeps_its_cleaning_in_checkpoints_and_over_a_resume(bool isVocabularyNamed)
    {
        var pretrained = FromHuggingFace(isVocabularyNamed);

        var stopped = _tiny.RunUntil(2, pretrained);
        var end = _tiny.Run(pretrained with { Resume = "latest" });

        Assert.True(end.Completed);
        var expected = ModelFiles.Open(pretrained.Pretrained!).LoadTokenizer().Fingerprint;
        Assert.All([stopped.Checkpoint!, end.Checkpoint!], path =>
            Assert.Equal(expected, ModelFiles.Open(path).LoadTokenizer().Fingerprint));
        Assert.Equal(TextCleaning.HuggingFace, ModelFiles.Open(end.Checkpoint!).Cleaning);
    }

    [Fact]
    public void A_checkpoint_that_lost_the_cleaning_of_its_texts_is_refused()
    {
        var pretrained = FromHuggingFace(isVocabularyNamed: false);
        var checkpoint = _tiny.RunUntil(2, pretrained).Checkpoint!;
        Change(Path.Combine(checkpoint, "open_clip_config.json"), json => json.Remove("text_cleaning"));
        Change(Path.Combine(checkpoint, "training/state.json"), json => json["format"] = 1); // there were no manifests then

        var refused = Assert.Throws<ClipException>(() => _tiny.Run(pretrained with { Resume = "latest" }));

        Assert.Contains("tokenizer: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_a_kill_cut_off_is_taken_out_of_the_curves()
    {
        _tiny.RunUntil(2, _tiny.Options());
        var metrics = _tiny.Folder["logs/run/metrics.jsonl"];
        File.AppendAllText(metrics, "{\"step\":4,\"lo");

        _tiny.Run(_tiny.Options() with { Resume = "latest" });

        Assert.All(File.ReadLines(metrics), line => System.Text.Json.JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public void What_is_learnt_beside_matrices_goes_on_to_the_bit_and_is_saved_as_a_plain_model()
    {
        TinyModel.Write(_tiny.Folder["tiny"]);
        TrainOptions Lora(string name) => _tiny.Options(name) with
        {
            Pretrained = _tiny.Folder["tiny"],
            VocabSize = null,
            EmaDecay = 0,
            LoraRank = 4,
        };

        var whole = _tiny.Run(Lora("whole"));
        var half = _tiny.RunUntil(2, Lora("run"));
        var end = _tiny.Run(Lora("run") with { Resume = "latest" });

        Assert.Equal(whole.Steps, end.Steps);
        AssertSameBytes(whole.Checkpoint!, end.Checkpoint!);
        var (source, saved) = (ModelFiles.Open(_tiny.Folder["tiny"]), ModelFiles.Open(end.Checkpoint!));
        Assert.Equal(source.Config.ToJson(), saved.Config.ToJson());
        using var before = source.OpenWeights();
        using var after = saved.OpenWeights();
        Assert.Equal(before.Tensors.Keys, after.Tensors.Keys);
        Assert.All(before.Tensors.Values, tensor => Assert.Equal(
            tensor.Name is "logit_scale"
                || (tensor.Name.Contains("resblocks", StringComparison.Ordinal) && tensor.Shape.Length == 2),
            !tensor.Bytes().Span.SequenceEqual(after.Tensors[tensor.Name].Bytes().Span)));
        Assert.NotNull(half.Checkpoint);
    }

    private static void AssertSameBytes(string one, string other)
    {
        foreach (var file in (string[])["open_clip_model.safetensors", "training/state.safetensors"])
        {
            var (expected, found) = (File.ReadAllBytes(Path.Combine(one, file)), File.ReadAllBytes(Path.Combine(other, file)));
            Assert.True(expected.SequenceEqual(found), file);
        }
    }

    private TrainOptions FromHuggingFace(bool isVocabularyNamed)
    {
        ModelConversion.Write(TinyModel.Write(_tiny.Folder["tiny"]), _tiny.Folder["hf"], "huggingface");
        var path = _tiny.Folder["hf"];
        return _tiny.Options() with { Pretrained = path, Vocab = isVocabularyNamed ? path : null, VocabSize = null };
    }

    private static void Change(string file, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        change(json);
        File.WriteAllText(file, json.ToJsonString());
    }
}
