using System.Text.Json.Nodes;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Torch;
using ClipSharp.Training.Memory;

namespace ClipSharp.Training.Tests.Memory;

public sealed class MemoryPlanTests
{
    private static readonly TrainOptions Asked = new()
    {
        Model = "ViT-Tiny-64",
        Precision = NumberFormat.Fp32,
        BatchSize = 1000,
        CacheMegabytes = 0,
        MicroBatch = TrainOptions.AutoMicroBatch,
    };

    [Theory]
    [InlineData(400)]
    [InlineData(700)]
    [InlineData(1500)]
    public void An_automatic_micro_batch_is_the_largest_power_of_two_that_fits_80_percent(long mebibytes)
    {
        var plan = MemoryPlan.Of(Asked, availableBytes: mebibytes << 20);

        var rows = plan.Options.MicroBatch!.Value;
        Assert.True(int.IsPow2(rows));
        Assert.True(Needed(rows) <= 0.8 * (mebibytes << 20));
        Assert.True(Needed(2 * rows) > 0.8 * (mebibytes << 20));
    }

    [Fact]
    public void A_batch_that_fits_is_not_cut() => Assert.Null(MemoryPlan.Of(Asked, availableBytes: 1L << 40).Options.MicroBatch);

    [Fact]
    public void A_step_that_does_not_fit_by_single_rows_is_refused() =>
        Assert.Contains("A step does not fit into memory",
            Assert.Throws<ClipException>(() => MemoryPlan.Of(Asked, availableBytes: 50 << 20)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_plan_is_of_the_forced_size_and_of_none_that_the_model_cannot_have()
    {
        var options = Asked with { MicroBatch = null };
        long Peak(Extent? size) =>
            MemoryPlan.Of(options with { ForceImageSize = size }, availableBytes: 1L << 40).Ledger.PeakBytes;

        Assert.Equal(Peak(null), Peak(64));
        Assert.Equal(Peak(new Extent(32, 64)), Peak(new Extent(64, 32)));
        Assert.True(Peak(new Extent(32, 64)) < Peak(64));
        Assert.Contains("image_size = 32x64 is no square", Assert.Throws<ClipException>(() => MemoryPlan.Of(
            options with { Model = "RN-Tiny-64", ForceImageSize = new Extent(32, 64) }, availableBytes: 1L << 40)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuda")]
    [InlineData("cuda:99")]
    public void The_memory_of_a_device_that_is_not_there_is_not_guessed(string device)
    {
        Assert.SkipWhen(TorchSharp.torch.cuda.is_available(), "This machine has a CUDA device.");
        var options = Asked with { Device = TorchDevice.Parse(device) };

        Assert.Equal(ClipError.Unavailable, Assert.Throws<ClipException>(() => MemoryPlan.Of(options)).Kind);
        Assert.NotNull(MemoryPlan.Of(options, availableBytes: 700 << 20).Options.MicroBatch);
    }

    [Fact]
    public void Batches_and_the_copy_for_a_save_are_not_in_a_device_s_memory()
    {
        var ledger = MemoryLedger.Of(ModelPresets.Find(Asked.Model),
            Asked with { MicroBatch = null, Device = TorchDevice.Cuda(0) });
        MemoryPlan Plan(TorchDevice device) =>
            MemoryPlan.Of(Asked with { MicroBatch = null, Device = device }, availableBytes: ledger.PeakBytes);

        Assert.True(ledger.SaveBytes > 12 * ledger.Parameters - 1000); // weights and two moments of float32
        Assert.True(Plan(TorchDevice.Cuda(0)).Fits);
        Assert.False(Plan(TorchDevice.Cpu).Fits);
    }

    [Fact]
    public void On_the_processor_the_copy_for_a_save_must_fit_too()
    {
        var options = Asked with { MicroBatch = null };
        var ledger = MemoryLedger.Of(ModelPresets.Find(options.Model), options);
        var (step, save) = (ledger.PeakBytes + ledger.DataBytes, ledger.SaveBytes);

        Assert.False(MemoryPlan.Of(options, availableBytes: step + save - 1).Fits);
        Assert.True(MemoryPlan.Of(options, availableBytes: step + save).Fits);
    }

    [Fact]
    public void Where_no_switch_is_left_the_summary_says_what_else_saves()
    {
        var options = Asked with
        {
            BatchSize = 2,
            MicroBatch = 1,
            GradCheckpointing = true,
            OptimizerState = OptimizerState.Fp16,
            Precision = NumberFormat.PureBf16,
            TextWeights = TextWeights.Bf16Sr,
        };
        var plan = MemoryPlan.Of(options, availableBytes: 1 << 20);

        Assert.Empty(plan.Savings);
        Assert.EndsWith("a smaller --model, --batch-size or --cache-megabytes does.", plan.Summary().Last(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "micro_batch": "auto" }""", TrainOptions.AutoMicroBatch)]
    [InlineData("""{ "micro_batch": 16 }""", 16)]
    [InlineData("""{ "micro_batch": null }""", null)]
    public void A_micro_batch_in_json_is_a_number_or_auto(string json, int? rows)
    {
        var options = TrainOptions.FromJson(JsonNode.Parse(json)!.AsObject(), "test");

        Assert.Equal(rows, options.MicroBatch);
        Assert.Equal(rows, TrainOptions.FromJson(JsonNode.Parse(options.ToJson())!.AsObject(), "test").MicroBatch);
    }

    [Fact]
    public void Another_word_for_a_micro_batch_is_refused() =>
        Assert.Throws<ClipException>(() => TrainOptions.FromJson(JsonNode.Parse("""{ "micro_batch": "some" }""")!.AsObject(), "test"));

    [Fact]
    public void Savings_are_what_the_ledger_says_of_the_switched_options()
    {
        var options = Asked with { MicroBatch = null };
        var plan = MemoryPlan.Of(options, availableBytes: 1L << 40);
        var with = MemoryLedger.Of(ModelPresets.Find(options.Model), options with { GradCheckpointing = true }).PeakBytes;

        Assert.Equal(new MemorySaving("--grad-checkpointing", with, plan.Ledger.PeakBytes - with),
            plan.Savings.Single(s => s.Switch == "--grad-checkpointing"));
        Assert.Equal(plan.Savings.OrderByDescending(s => s.SavedBytes), plan.Savings);
        Assert.DoesNotContain(
            MemoryPlan.Of(options with { GradCheckpointing = true }, availableBytes: 1L << 40).Savings, s =>
            s.Switch == "--grad-checkpointing");
    }

    [Fact]
    public void The_summary_says_when_it_does_not_fit()
    {
        Assert.Equal(3, MemoryPlan.Of(Asked with { MicroBatch = null }, availableBytes: 1 << 20).Summary().Count());
        Assert.Equal(2, MemoryPlan.Of(Asked with { MicroBatch = null }, availableBytes: 1L << 40).Summary().Count());
    }

    [Fact]
    public void The_summary_of_the_papers_batch_says_what_the_batches_ahead_cost()
    {
        var options = Asked with { Model = "ViT-B-32", BatchSize = 32768, MicroBatch = 64 };
        Assert.Contains("data at most 9.21 GiB (2 batches of 4.60 GiB), copy for a save",
            MemoryPlan.Of(options, availableBytes: 1L << 40)
            .Summary().Last(), StringComparison.Ordinal);
        Assert.Contains("(5 batches of 0.8 MiB)",
            MemoryPlan.Of(options with { Model = "RN-Tiny-64", BatchSize = 64, MicroBatch = null, CacheMegabytes = 0 },
                availableBytes: 1L << 40).Summary().Last(), StringComparison.Ordinal);
        Assert.Contains("(2 batches of 4.60 GiB, decoded pictures 2.00 GiB)",
            MemoryPlan.Of(options with { CacheMegabytes = 2048 }, availableBytes: 1L << 40).Summary().Last(),
            StringComparison.Ordinal);
    }

    private static long Needed(int rows)
    {
        var ledger = MemoryLedger.Of(ModelPresets.Find(Asked.Model), Asked with { MicroBatch = rows });
        return ledger.PeakBytes + ledger.HostBytes;
    }
}
