using System.Runtime.InteropServices;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Tests.Tasks;

/// <summary>Pictures of one colour with a vector of labels: the colour, and for red and green "warm or fresh".</summary>
public sealed class MultilabelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Clip _clip;

    public MultilabelTests()
    {
        _clip = ColourEncoder.ClipIn(_folder);
        Write("test", 9);
        Write("train", 30);
        File.WriteAllText(_folder["set/dataset_type.txt"], "multilabel");
        File.WriteAllLines(_folder["set/classnames.txt"], ["red", "green", "blue", "red or green"]);
    }

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Zero_shot_ranks_the_pictures_of_each_label()
    {
        var report = Run("auto");
        Assert.Equal(("multilabel", 8 * 4), (report.Task, report.Metrics[0].Samples)); // one picture has no labels
        Assert.Equal(1, Value(report, "mean_average_precision"));
        Assert.Equal(1, Value(report, "mean_roc_auc"));
        Assert.Equal(1, report.Skipped!["NoClass"]);
    }

    [Fact]
    public void A_probe_learns_each_label_and_says_how()
    {
        var report = Run("linear_probe");
        Assert.Equal("linear_probe", report.Task);
        Assert.Equal(1, Value(report, "lp_mean_average_precision"));
        Assert.Equal(1, Value(report, "lp_map_11point"));
        Assert.Equal(1, Value(report, "lp_val_accuracy"));
        Assert.StartsWith("the probe learns from 29 pictures", report.Notes![0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_validation_split_chooses_by_mean_average_precision()
    {
        Write("val", 12);
        Assert.Equal(11, Run("linear_probe").Metrics.Single(metric => metric.Name == "lp_val_mean_average_precision").Samples);
    }

    [Fact]
    public void Splits_of_other_labels_are_refused()
    {
        Write("train", 30, labels: 3);
        Assert.Contains("4 labels a picture", Assert.Throws<ClipException>(() => Run("linear_probe")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_do_not_fit_the_labels_are_refused()
    {
        File.WriteAllLines(_folder["set/classnames.txt"], ["red", "green"]);
        Assert.Contains("4 labels a picture", Assert.Throws<ClipException>(() => Run("auto")).Message, StringComparison.Ordinal);
    }

    private static double Value(BenchmarkReport report, string name) =>
        report.Metrics.Single(metric => metric.Name == name).Value;

    private BenchmarkReport Run(string task) => new Benchmark(_clip, "tiny", "tiny").Run(new BenchmarkOptions
    {
        Data = _folder["set"],
        Task = task == "auto" ? null : task,
        Template = ["a {} square"],
        Intervals = false,
    });

    private void Write(string split, int count, int labels = 4)
    {
        var shard = new TarBuilder();
        for (var i = 0; i < count; i++)
        {
            shard.Add($"{i}.png", ColourPictures.Png(i % 3, i));
            if (i != 5)
            {
                long[] all = [i % 3 == 0 ? 1 : 0, i % 3 == 1 ? 1 : 0, i % 3 == 2 ? 1 : 0, i % 3 != 2 ? 1 : 0];
                shard.Add($"{i}.npy", Vector(all[..labels]));
            }
        }

        Directory.CreateDirectory(_folder[$"set/{split}"]);
        File.WriteAllText(_folder[$"set/{split}/nshards.txt"], "1");
        File.WriteAllBytes(_folder[$"set/{split}/0.tar"], shard.Finish());
    }

    private static byte[] Vector(long[] numbers)
    {
        using var stream = new MemoryStream();
        Npy.Write(stream, TensorType.I64, [numbers.Length], MemoryMarshal.AsBytes(numbers.AsSpan()));
        return stream.ToArray();
    }
}
