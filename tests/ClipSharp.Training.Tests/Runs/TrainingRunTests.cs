using System.Text.Json;
using System.Text.Json.Nodes;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Models.Towers;
using ClipSharp.Shapes;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Training.Tests.Runs;

public sealed class TrainingRunTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_run_that_was_stopped_goes_on_to_the_same_bits(int stopAfter)
    {
        var whole = Run(Options("whole"));
        var first = _tiny.RunUntil(stopAfter, Options("stopped") with { Workers = 3 });
        Assert.False(first.Completed);
        Assert.Equal(stopAfter, first.Steps);

        var second = Run(Options("stopped") with { Resume = "latest" });

        Assert.True(second.Completed);
        Assert.Equal(whole.Steps, second.Steps);
        foreach (var file in (string[])["open_clip_model.safetensors", "training/state.safetensors", "vocab.json", "merges.txt"])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Checkpoint!, file)),
                File.ReadAllBytes(Path.Combine(second.Checkpoint!, file)));
        }
    }

    [Fact]
    public void Large_jpegs_are_decoded_smaller_but_for_what_the_smallest_crop_needs()
    {
        Directory.CreateDirectory(_tiny.Folder["large"]);
        for (var i = 0; i < 10; i++)
        {
            File.WriteAllBytes(_tiny.Folder[$"large/{i}.jpg"], ColourPictures.Jpeg(400 + i, 304));
            File.WriteAllText(_tiny.Folder[$"large/{i}.txt"], $"waves of {i}");
        }

        var options = Options("large") with { TrainData = _tiny.Folder["large"], JpegDraft = true, MaxPixels = 205 * 152 };

        Assert.True(Run(options).Completed);
        Assert.Throws<ClipException>(() => Run(options with { Name = "whole", JpegDraft = false }));
        using var setup = TrainingSetup.Create(options, null, _ => { }, default);
        Assert.Equal(105, setup.Pictures.Limits.JpegShortSide); // 2 · 32 · √(2 · 4/3): crops of half the area, 3 to 4
    }

    [Fact]
    public void Pictures_that_are_no_squares_are_learnt_saved_and_gone_on_from()
    {
        var options = Options("wide") with { ForceImageSize = new Extent(32, 48) };
        var whole = Run(options);
        var saved = ModelFiles.Open(whole.Checkpoint!);
        Assert.Equal((new Extent(32, 48), new Extent(32, 48)), (saved.Config.Vision.ImageSize, saved.Preprocess.Size));
        _tiny.RunUntil(3, options with { Name = "stopped" });
        var recorded = TrainOptions.FromJson(
            JsonNode.Parse(File.ReadAllText(_tiny.Folder["logs/stopped/config.json"]))!.AsObject(), "config.json");
        Assert.Equal(options.ForceImageSize, recorded.ForceImageSize);
        Assert.Equal(Weights(whole), Weights(Run(recorded with { Resume = "latest" })));

        var tall = ModelFiles.Open(Run(Options("tall") with
        {
            Pretrained = whole.Checkpoint,
            ForceImageSize = new Extent(48, 32),
            VocabSize = null,
        }).Checkpoint!);
        Assert.Equal((new Extent(48, 32), new Extent(3, 2)), (tall.Config.Vision.ImageSize, tall.Config.Vision.Grid));
    }

    [Fact]
    public void A_model_of_another_family_learns_with_a_learnt_vocabulary_and_names_none_of_the_hub()
    {
        File.WriteAllText(_tiny.Folder["siglip.json"], """
            { "embed_dim": 32,
              "vision_cfg": { "image_size": 32, "timm_model_name": "vit_base_patch16_siglip_224", "timm_pool": "map", "timm_proj": "none",
                "timm_model_kwargs": { "embed_dim": 32, "depth": 1, "num_heads": 2 } },
              "text_cfg": { "context_length": 12, "vocab_size": 600, "width": 32, "heads": 2, "layers": 1, "pool_type": "last",
                "no_causal_mask": true, "hf_tokenizer_name": "timm/ViT-B-16-SigLIP", "tokenizer_kwargs": { "clean": "canonicalize" } } }
            """);

        var end = Run(Options("siglip") with { Model = _tiny.Folder["siglip.json"], Siglip = true });

        var saved = ModelFiles.Open(end.Checkpoint!);
        Assert.Null(saved.Config.Text.HfTokenizerName);
        Assert.Null(saved.Config.Text.TokenizerKwargs);
        Assert.Equal(TextCleaning.OpenAI, saved.Cleaning);
        Assert.Equal(ImagePooling.Attention, saved.Config.Vision.Pooling);
    }

    [Fact]
    public void An_evaluation_that_cannot_be_done_is_a_warning_and_the_run_goes_on()
    {
        var end = _tiny.Run(_tiny.Options(), evaluate: (_, _) =>
            throw new ClipException(ClipError.NoInput, "Data not found", "val", "nothing", "a folder", "Check the path."));

        Assert.True(end.Completed);
        Assert.Equal(2, _tiny.Warnings.Count(w => w
            .Contains("could not be evaluated, training goes on: Data not found", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_resume_that_finds_nothing_says_that_the_run_begins()
    {
        _tiny.RunUntil(1, _tiny.Options() with { Resume = "latest" });
        Assert.Contains(_tiny.Events,
            e => e is TrainingNote { Text: var text } && text.EndsWith("yet: the run begins.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(NumberFormat.Bf16, TextWeights.Fp32, "master weights fp32")]
    [InlineData(NumberFormat.Bf16, TextWeights.Bf16Sr, "master weights fp32, but for the text tower's matrices (bf16-sr)")]
    [InlineData(NumberFormat.PureBf16, TextWeights.Fp32, "no master weights of matrices")]
    public void A_run_says_where_it_keeps_float32_weights(NumberFormat precision, TextWeights textWeights, string said)
    {
        _tiny.RunUntil(1, _tiny.Options() with { Precision = precision, TextWeights = textWeights });

        var note = _tiny.Events.Select(e => e.ToString())
            .Single(text => text.StartsWith("Precision: ", StringComparison.Ordinal));
        Assert.EndsWith($"), {said}", note, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_do_not_hold_leave_no_folder_behind()
    {
        Assert.Equal(ClipError.Usage, Assert.Throws<ClipException>(() => _tiny.Run(_tiny.Options() with { Lr = 2 })).Kind);
        Assert.False(Directory.Exists(_tiny.Folder["logs"]));
    }

    [Fact]
    public void A_checkpoint_is_a_model_that_loads_and_a_run_folder_tells_its_story()
    {
        var end = Run(Options("run"));

        using var clip = TorchClip.Load(end.Checkpoint!);
        Assert.Equal(16, clip.EncodeTexts(["a red star"]).Dimension);
        var folder = _tiny.Folder["logs/run"];
        var lines = File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(8, lines.Count(l => l.TryGetProperty("loss", out _)));
        Assert.Equal(2, lines.Count(l => l.TryGetProperty("eval", out var eval)
            && eval.GetProperty("quality").GetDouble() == 0.5));
        Assert.Contains("batch_size: 10", File.ReadAllLines(Path.Combine(folder, "params.txt")));
        var log = File.ReadAllLines(Path.Combine(folder, "out.log"));
        Assert.Contains(log, line => line.Contains(" Data: 40 pictures, ", StringComparison.Ordinal));
        Assert.Contains(log, line => line.Contains(" step 8/8  loss ", StringComparison.Ordinal));
        Assert.Contains(log, line => line.EndsWith(" epoch 2: quality 0.5", StringComparison.Ordinal));
        Assert.Contains(log, line => line.Contains(" saved ", StringComparison.Ordinal)
            && line.EndsWith("epoch_2", StringComparison.Ordinal));
    }

    [Fact]
    public void Old_checkpoints_go_and_the_newest_stay()
    {
        Run(Options("run") with { Epochs = 4, Keep = 2 });

        var names = Directory.GetDirectories(_tiny.Folder["logs/run/checkpoints"]).Select(Path.GetFileName).Order();
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
        CorpusWriter.Write(_tiny.Folder["other"],
            new CorpusOptions { Samples = 40, ValSamples = 1, HeldoutSamples = 1, ImageSize = 32, Seed = 9 });

        var refused = Assert.Throws<ClipException>(
            () => Run(Options("run") with { TrainData = _tiny.Folder["other/train"], Resume = "latest" }));
        Assert.Equal(ClipError.Config, refused.Kind);
        Assert.Contains("data: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_process_in_the_same_folder_is_refused()
    {
        using var first = RunFolder.Open(_tiny.Folder["logs/run"], TimeProvider.System);

        var refused = Assert.Throws<ClipException>(() => RunFolder.Open(_tiny.Folder["logs/run"], TimeProvider.System));
        Assert.Equal(ClipError.CannotCreate, refused.Kind);
    }

    [Fact]
    public void A_checkpoint_that_was_not_finished_is_not_taken_for_the_latest()
    {
        var end = Run(Options("run"));
        var checkpoints = Path.GetDirectoryName(end.Checkpoint!)!;
        Directory.CreateDirectory(Path.Combine(checkpoints, "epoch_9.tmp/training"));
        Directory.CreateDirectory(Path.Combine(checkpoints, "epoch_8"));

        Assert.Equal(end.Checkpoint!, Checkpoint.Latest(checkpoints));
    }

    [Fact]
    public void The_average_is_saved_as_the_model_and_the_live_weights_beside_it()
    {
        var plain = Run(Options("plain") with { EmaDecay = 0 });
        var averaged = Run(Options("averaged"));

        Assert.NotEqual(Weights(plain), Weights(averaged));
        using var state = ClipSharp.Weights.SafetensorsFile
            .Open(Path.Combine(averaged.Checkpoint!, "training/state.safetensors"));
        using var model = ClipSharp.Weights.SafetensorsFile.Open(ModelFiles.Open(plain.Checkpoint!).WeightsPaths[0]);
        Assert.Equal(model.ReadFloats("visual.proj"), state.ReadFloats("live/visual.proj")); // averaging does not touch training
    }

    [Fact]
    public void Shuffled_pairs_train_on_other_captions()
    {
        Assert.NotEqual(Weights(Run(Options("true"))), Weights(Run(Options("shuffled") with { ShufflePairs = true })));
    }

    public void Dispose() => _tiny.Dispose();

    private TrainOptions Options(string name) => _tiny.Options(name);

    private TrainingEnd Run(TrainOptions options) => _tiny.Run(options);

    private static byte[] Weights(TrainingEnd end) => TinyRun.Weights(end.Checkpoint!);
}
