using ClipSharp.Data.Batches;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Training.Tests.Runs;

/// <summary>Runs over shards in the order for large sets, with weights of sources, with limits of what may be left out.</summary>
public sealed class ShardTrainingTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(DataOrder.Shards, false)]
    [InlineData(DataOrder.Shards, true)]
    [InlineData(DataOrder.Global, true)]
    public void A_resumed_run_ends_in_the_weights_of_an_undisturbed_one(DataOrder order, bool isResampled)
    {
        var options = _tiny.Options() with { DataOrder = order, DatasetResampled = isResampled, AvoidDuplicates = !isResampled };
        var whole = _tiny.Run(options with { Name = "whole" });
        for (var stop = 3; _tiny.RunUntil(stop, options) is { Completed: false }; stop += 2)
        {
            options = options with { Resume = "latest", Workers = stop % 3 + 1 };
        }

        Assert.Equal(TinyRun.Weights(whole.Checkpoint!),
            TinyRun.Weights(Checkpoint.Latest(_tiny.Checkpoints())!));
    }

    [Fact]
    public void Another_order_is_another_run_and_another_place_of_the_index_is_not()
    {
        _tiny.RunUntil(2, _tiny.Options());

        var refused = Assert.Throws<ClipException>(
            () => _tiny.Run(_tiny.Options() with { Resume = "latest", DataOrder = DataOrder.Shards }));
        Assert.Contains("data_order: \"global\" -> \"shards\"", refused.Message, StringComparison.Ordinal);

        var end = _tiny.Run(_tiny.Options() with { Resume = "latest", IndexCache = _tiny.Folder["other"], MaxSkipped = 7 });
        Assert.True(end.Completed);
        Assert.True(Directory.Exists(_tiny.Folder["other"]));
    }

    [Fact]
    public void Other_data_is_refused_by_a_resume()
    {
        _tiny.RunUntil(2, _tiny.Options());

        var other = string.Join("::", _tiny.Folder["corpus/val"], _tiny.Folder["corpus/val"]);
        var refused = Assert.Throws<ClipException>(
            () => _tiny.Run(_tiny.Options() with { Resume = "latest", TrainData = other }));

        Assert.Contains("The data changed since the checkpoint", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sources_have_weights()
    {
        var end = _tiny.Run(_tiny.Options() with
        {
            TrainData = _tiny.Folder["corpus/train"] + "::" + _tiny.Folder["corpus/val"],
            DatasetResampled = true,
            TrainDataUpsamplingFactors = "1::0.5",
            TrainNumSamples = 30,
        });

        Assert.Equal(6, end.Steps);
        var refused = Assert.Throws<ClipException>(() => _tiny.Run(_tiny.Options("other") with
        {
            DatasetResampled = true,
            TrainDataUpsamplingFactors = "1::0.5",
        }));
        Assert.Contains("2 for 1 source", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_much_that_is_left_out_refuses_the_run_before_its_first_step()
    {
        File.WriteAllText(_tiny.Folder["corpus/train/more.tar"], string.Concat(Enumerable.Repeat("<html>404</html>\n", 64)));
        File.Delete(_tiny.Folder["corpus/train/nshards.txt"]);

        var refused = Assert.Throws<ClipException>(() => _tiny.Run(_tiny.Options() with { MaxSkipped = 0 }));

        Assert.Equal(ClipError.Data, refused.Kind);
        Assert.Contains("1 NotAShard", refused.Message, StringComparison.Ordinal);
        Assert.True(_tiny.Run(_tiny.Options() with { MaxSkipped = 1 }).Completed);
    }
}
