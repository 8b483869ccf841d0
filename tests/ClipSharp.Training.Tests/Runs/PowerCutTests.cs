using ClipSharp.Files;
using ClipSharp.Tests.Files;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Training.Tests.Runs;

/// <summary>Every file operation of a run's saves as the moment in which the power goes.</summary>
public sealed class PowerCutTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public static TheoryData<PowerCut> Cuts => [.. Enum.GetValues<PowerCut>()];

    public void Dispose()
    {
        DurableStorage.Watch.Value = null;
        _tiny.Dispose();
    }

    [Fact]
    public void Whenever_the_power_goes_a_checkpoint_that_was_called_saved_is_there_and_whole()
    {
        var (disk, saved) = Record(keep: 1);
        var points = 0;
        foreach (var cut in Enum.GetValues<PowerCut>())
        {
            for (var count = 0; count <= disk.Count; count += cut == PowerCut.LosesAll ? 1 : 3)
            {
                Assert.Null(Fault(disk, saved, count, cut));
                points++;
            }
        }

        TestContext.Current.AddAttachment("crash points", $"{points}");
    }

    [Theory(Explicit = true)]
    [Trait("Category", "Long")]
    [MemberData(nameof(Cuts))]
    public void Every_single_operation_may_be_the_last(PowerCut cut)
    {
        var (disk, saved) = Record(keep: 2, epochs: 4);
        for (var count = 0; count <= disk.Count; count++)
        {
            Assert.Null(Fault(disk, saved, count, cut));
        }
    }

    [Theory]
    [InlineData(nameof(StorageAction.Sync))]
    [InlineData(nameof(StorageAction.SyncFolder))]
    public void Without_a_kind_of_sync_something_saved_is_lost(string left)
    {
        var (disk, saved) = Record(keep: 1);
        disk.Ignored.Add(Enum.Parse<StorageAction>(left));
        Assert.Contains(Enumerable.Range(0, disk.Count + 1), count => Fault(disk, saved, count, PowerCut.LosesAll) is not null);
    }

    [Fact]
    public void Whenever_the_power_goes_the_best_checkpoint_is_whole_and_none_that_was_replaced_before()
    {
        Directory.CreateDirectory(_tiny.Folder["logs"]);
        var disk = new SimulatedDisk(_tiny.Folder["logs"]);
        var kept = new List<(int Count, long Step)>();
        DurableStorage.Watch.Value = disk.Record;
        _tiny.Run(_tiny.Options() with { EvalSteps = 2, BestMetric = "step", SaveFrequency = 100 }, happened =>
        {
            if (happened is TrainingEvaluated evaluated)
            {
                kept.Add((disk.Count, evaluated.Step));
            }
        }, (trained, _) => [new("step", trained.Step)]);
        DurableStorage.Watch.Value = null;
        foreach (var cut in Enum.GetValues<PowerCut>())
        {
            for (var count = kept[0].Count; count <= disk.Count; count += cut == PowerCut.LosesAll ? 1 : 3)
            {
                using var target = new TemporaryFolder();
                disk.Recover(count, cut, target.Path);
                // For whoever only reads, before the run is started again.
                Assert.Null(Checkpoint.Fault(BestCheckpoint.PathIn(target["run/checkpoints"]), default));
                Checkpoint.TidyUp(target["run/checkpoints"]);
                Assert.Null(Checkpoint.Fault(target["run/checkpoints/best"], default));
                Assert.True(BestCheckpoint.Read(target["run/checkpoints"])!.Step
                    >= kept.Last(promised => promised.Count <= count).Step, $"{cut} before operation {count}");
            }
        }
    }

    // What is lost or wrong after a power cut, or null.
    private static string? Fault(SimulatedDisk disk, IReadOnlyList<(int Count, long Step)> saved, int count, PowerCut cut)
    {
        using var target = new TemporaryFolder();
        disk.Recover(count, cut, target.Path);
        var checkpoints = target["run/checkpoints"];
        AtomicFolder.RemoveUnfinished(checkpoints);
        var promised = saved.Where(s => s.Count <= count).Select(s => s.Step).LastOrDefault();
        var damage = Checkpoint.List(checkpoints).Select(c => Checkpoint.Fault(c.Path, default))
            .FirstOrDefault(fault => fault is not null);
        var found = Checkpoint.List(checkpoints).Select(c => c.Step).FirstOrDefault();
        return damage ?? (found < promised ? $"{cut} before operation {count}: step {found} instead of {promised}" : null);
    }

    private (SimulatedDisk Disk, IReadOnlyList<(int Count, long Step)> Saved) Record(int keep, int epochs = 2)
    {
        Directory.CreateDirectory(_tiny.Folder["logs"]);
        var disk = new SimulatedDisk(_tiny.Folder["logs"]);
        var saved = new List<(int, long)>();
        DurableStorage.Watch.Value = disk.Record;
        _tiny.Run(_tiny.Options() with { Keep = keep, Epochs = epochs }, happened =>
        {
            if (happened is CheckpointWritten written)
            {
                saved.Add((disk.Count, written.Step));
            }
        });
        DurableStorage.Watch.Value = null;
        return (disk, saved);
    }
}
