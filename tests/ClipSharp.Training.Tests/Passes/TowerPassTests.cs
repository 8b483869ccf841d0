using ClipSharp.Torch;
using ClipSharp.Torch.Tests.Towers;
using ClipSharp.Training.Passes;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Passes;

[Trait("Category", "Numeric")]
public sealed class TowerPassTests
{
    private static readonly Precision Fp32 = Precision.Parse("fp32");

    [Fact]
    public void There_is_no_way_back_before_the_way_forth()
    {
        using var gradient = zeros(2, 4);
        foreach (ITowerPass pass in (ITowerPass[])[new WholePass(Fp32), new CheckpointedPass(Fp32),
            new CachedPass(1, Fp32, new WholePass(Fp32))])
        {
            Assert.Throws<InvalidOperationException>(() => pass.Backward(gradient, default));
        }
    }

    [Theory]
    [InlineData("vit-tiny", "fp32")]
    [InlineData("vit-tiny", "bf16")]
    [InlineData("rn-tiny", "fp32")]
    public void Checkpointing_gives_the_same_bits(string fixture, string format)
    {
        var precision = Precision.Parse(format);
        var whole = Run(fixture, new WholePass(precision));
        var checkpointed = Run(fixture, new CheckpointedPass(precision));

        Assert.Equal(whole.Features, checkpointed.Features);
        foreach (var (name, gradient) in whole.Gradients)
        {
            Assert.True(gradient.AsSpan().SequenceEqual(checkpointed.Gradients[name]), name);
        }
    }

    // Which tokens are hidden depends on the ids, which every part and every micro-batch must find again.
    [Theory]
    [InlineData("fp32")]
    [InlineData("bf16")]
    public void Texts_with_a_class_token_have_the_same_gradients_in_every_pass(string format)
    {
        var precision = Precision.Parse(format);
        var whole = RunTexts(new WholePass(precision));
        var checkpointed = RunTexts(new CheckpointedPass(precision));
        var cached = RunTexts(new CachedPass(3, precision, new CheckpointedPass(precision)));

        Assert.Equal(whole.Features, checkpointed.Features);
        Assert.Contains("cls_emb", whole.Gradients.Keys);
        foreach (var (name, gradient) in whole.Gradients)
        {
            Assert.True(gradient.AsSpan().SequenceEqual(checkpointed.Gradients[name]), name);
            // Sums in another order: 5e-7, without fused multiply-add (MKL_CBWR=COMPATIBLE) 1.2e-6.
            AssertNear(name, gradient, cached.Gradients[name], format == "fp32" ? 2e-6 : 2e-2);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Running_statistics_count_a_batch_once(bool micro)
    {
        var whole = Run("rn-tiny", new WholePass(Fp32));
        ITowerPass twice = new CheckpointedPass(Fp32);
        var again = Run("rn-tiny", micro ? new CachedPass(6, Fp32, twice) : twice);

        foreach (var (name, values) in whole.Statistics)
        {
            Assert.True(values.AsSpan().SequenceEqual(again.Statistics[name]), name);
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public void Micro_batches_give_the_gradients_of_the_whole_batch(int rows, bool checkpointing)
    {
        ITowerPass inner = checkpointing ? new CheckpointedPass(Fp32) : new WholePass(Fp32);
        var whole = Run("vit-tiny", new WholePass(Fp32));
        var cached = Run("vit-tiny", new CachedPass(rows, Fp32, inner));

        foreach (var (name, gradient) in whole.Gradients)
        {
            AssertNear(name, gradient, cached.Gradients[name], 1e-6);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Dropped_patches_are_the_same_in_every_pass(bool checkpointing)
    {
        ITowerPass inner = checkpointing ? new CheckpointedPass(Fp32) : new WholePass(Fp32);
        using var kept = PatchDropout.Keep(16, 0.5, seed: 1, step: 7, rows: 6);
        var whole = Run("vit-tiny", new WholePass(Fp32), kept);
        var cached = Run("vit-tiny", new CachedPass(4, Fp32, inner), kept);
        var full = Run("vit-tiny", new WholePass(Fp32));

        Assert.All(whole.Features.Zip(cached.Features), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
        Assert.NotEqual(full.Features, whole.Features);
    }

    [Fact]
    public void Patches_to_keep_are_a_function_of_seed_step_and_row()
    {
        using var scope = NewDisposeScope();
        var some = PatchDropout.Keep(16, 0.25, 1, 7, 4);

        Assert.Equal([4, 12], some.shape);
        Assert.Equal(some.narrow(0, 0, 2).data<long>().ToArray(), PatchDropout.Keep(16, 0.25, 1, 7, 2).data<long>().ToArray());
        Assert.NotEqual(some.data<long>().ToArray(), PatchDropout.Keep(16, 0.25, 1, 8, 4).data<long>().ToArray());
        // a process that has the last rows of the batch
        Assert.Equal(some.narrow(0, 2, 2).data<long>().ToArray(),
            PatchDropout.Keep(16, 0.25, 1, 7, 2, firstRow: 2).data<long>().ToArray());
        Assert.All(Enumerable.Range(0, 4), row => Assert.Equal(12, some[row].data<long>().ToArray().Distinct().Count()));
    }

    [Fact]
    public void A_tower_that_is_not_trained_is_run_once()
    {
        using var scope = NewDisposeScope();
        var batch = new CountedBatch(zeros(6, 4));
        var options = new TrainOptions { BatchSize = 6, MicroBatch = 2 };
        var pass = TowerPasses.For(options, Fp32, rows: 6, isTrained: false);

        pass.Backward(pass.Forward(batch, CancellationToken.None), CancellationToken.None);

        Assert.Equal(3, batch.Runs.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_stop_request_ends_a_pass_between_two_micro_batches(int at)
    {
        using var scope = NewDisposeScope();
        using var stop = new CancellationTokenSource();
        var batch = new CountedBatch(zeros(6, 4), run =>
        {
            if (run == at)
            {
                stop.Cancel();
            }
        });
        var pass = new CachedPass(2, Fp32, new LockedPass(Fp32));

        Assert.Throws<OperationCanceledException>(() =>
        {
            pass.Backward(pass.Forward(batch, stop.Token), stop.Token);
        });

        Assert.Equal(at, batch.Runs.Count);
    }

    // Small tensors between large ones that were freed kept malloc from using their place: 0.4 GB of heap for 128 micro-batches.
    [Fact]
    public void No_micro_batch_leaves_a_tensor_of_its_own()
    {
        using var scope = NewDisposeScope();
        var alive = new List<long>();
        var batch = new CountedBatch(rand(11, 4), _ => alive.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount));

        var features = new CachedPass(2, Fp32, null).Forward(batch, CancellationToken.None);

        Assert.Equal(batch.Input.data<float>().ToArray(), features.data<float>().ToArray());
        Assert.Equal([2L, 2, 2, 2, 2, 1], batch.Runs);
        Assert.Single(alive.Skip(1).Distinct()); // the first makes the one that all write into
    }

    private static void AssertNear(string name, float[] expected, float[] found, double share)
    {
        var size = Math.Sqrt(expected.Sum(x => (double)x * x));
        var difference = Math.Sqrt(expected.Zip(found, (a, b) => (double)(a - b) * (a - b)).Sum());
        Assert.True(difference <= share * size, FormattableString.Invariant($"{name}: {difference / size:E2}"));
    }

    private static Result RunTexts(ITowerPass pass)
    {
        using var scope = NewDisposeScope();
        using var inputs = new Reference("options/embed-cls/expected.safetensors");
        using var model = ClipModel.Load(ReferenceFamilies.Open("options/embed-cls"));
        var ids = inputs["tokens"];
        manual_seed(1);
        return Run(model, pass, new TextBatch(model, ids, full(ids.shape[0], ids.shape[1], dtype: int64)));
    }

    private static Result Run(string fixture, ITowerPass pass, Tensor? kept = null)
    {
        using var scope = NewDisposeScope();
        using var model = Reference.Model(fixture);
        manual_seed(1);
        var size = model.Config.Vision.ImageSize.Height;
        var pixels = randint(0, 256, [6, 3, size, size], dtype: ScalarType.Byte);
        return Run(model, pass, new PictureBatch(model, pixels, kept));
    }

    private static Result Run(ClipModel model, ITowerPass pass, TowerBatch batch)
    {
        model.Train();
        var features = pass.Forward(batch, CancellationToken.None);
        pass.Backward(randn(features.shape), CancellationToken.None);
        return new Result(
            features.data<float>().ToArray(),
            model.NamedParameters().Where(p => p.Parameter.grad is not null)
            .ToDictionary(p => p.Name, p => p.Parameter.grad!.data<float>().ToArray()),
            model.NamedBuffers().ToDictionary(b => b.Name, b => b.Buffer.to(float32).data<float>().ToArray()));
    }

    // Gives what it reads, and counts how often it is asked.
    private sealed record CountedBatch(Tensor Input, Action<int>? Ran = null) : TowerBatch(Input)
    {
        public List<long> Runs { get; } = [];

        public override IReadOnlyList<Func<Tensor, Tensor>> Chain =>
        [
            input =>
            {
                Runs.Add(input.shape[0]);
                Ran?.Invoke(Runs.Count);
                return input.clone();
            },
        ];

        public override IEnumerable<Tensor> Statistics => [];

        // the same list
        public override TowerBatch Slice(long start, long count) => this with { Input = Input.narrow(0, start, count) };
    }

    private sealed record Result(
        float[] Features, IReadOnlyDictionary<string, float[]> Gradients, IReadOnlyDictionary<string, float[]> Statistics);
}
