using System.Runtime.InteropServices;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Tests.Tasks;

/// <summary>Pictures of one colour, of two regions. Those of the south have the class of another colour, and are named
/// wrong.</summary>
public sealed class GroupedNamingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Clip _clip;

    public GroupedNamingTests() =>
        _clip = ColourEncoder.ClipIn(_folder);

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_column_of_a_table_makes_groups_of_which_the_worst_is_told()
    {
        WriteTable();
        var report = Run(_folder["pictures"], "region");
        Assert.Equal((0.5, 10), (Value(report, "acc1"), Metric(report, "acc1").Samples));
        Assert.Equal((1.0, 0.0), (Value(report, "acc1_region:north"), Value(report, "acc1_region:south")));
        Assert.Equal(0, Value(report, "acc1_worst_region"));
        Assert.Equal(["north", "south"], report.Outcomes![0].Groups!);
        Assert.Contains("pictures without a region: 2, which count in no group", report.Notes!);
    }

    [Fact]
    public void Without_being_asked_there_are_no_groups()
    {
        WriteTable();
        Assert.Null(Run(_folder["pictures"], null).Outcomes![0].Groups);
    }

    [Fact]
    public void Tasks_that_know_no_groups_refuse_them()
    {
        WriteTable();
        var refusal = Assert.Throws<ClipException>(() => new Benchmark(_clip, "tiny", "tiny").Run(new BenchmarkOptions
        {
            Data = _folder["pictures"],
            Task = "retrieval",
            GroupBy = "region",
        }));
        Assert.Equal(ClipError.Usage, refusal.Kind);
        Assert.Contains("--group-by", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("country", "no column country")]
    [InlineData("0", "no .npy")]
    public void Groups_that_are_not_there_are_refused_when_they_were_asked_for(string by, string found)
    {
        WriteTable();
        var refusal = Assert.Throws<ClipException>(() => Run(_folder["pictures"], by));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rule_of_a_set_names_its_groups_and_leaves_out_those_that_do_not_count()
    {
        // WILDS: 0 is Asia, 2 Africa, 5 Other. Right: Asia 2 of 2, Africa 1 of 2, Other 0 of 1.
        WriteShard("fmow", [(0, 0, 0), (1, 1, 0), (0, 0, 2), (0, 1, 2), (0, 2, 5)]);
        var report = Run("fmow", null);
        Assert.Equal("acc_worst_region", report.MainMetric);
        Assert.Equal(0.5, Value(report, "acc_worst_region"));
        Assert.Equal(1.0, Value(report, "acc1_region:Asia"));
        Assert.Equal(0.0, Value(report, "acc1_region:Other"));
    }

    [Fact]
    public void A_set_without_its_groups_is_named_all_the_same_and_says_so()
    {
        WriteShard("geode", [(0, 0, -1), (1, 1, -1)]);
        var report = Run("geode", null);
        Assert.Equal(1.0, Value(report, "acc1"));
        Assert.DoesNotContain(report.Metrics, metric => metric.Name.Contains("worst", StringComparison.Ordinal));
        Assert.Contains(report.Notes!, note => note.StartsWith("the set's groups are not measured", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, "1 numbers")]
    [InlineData(0, "0.5")]
    public void Numbers_that_name_no_group_are_refused(int column, string found)
    {
        var split = WriteShard("colours", [(0, 0, 0.5)]);
        Assert.Contains(found, Assert.Throws<ClipException>(() => Run(split, $"{column}")).Message, StringComparison.Ordinal);
    }

    private static MetricValue Metric(BenchmarkReport report, string name) =>
        report.Metrics.Single(metric => metric.Name == name);

    private static double Value(BenchmarkReport report, string name) => Metric(report, name).Value;

    private void WriteTable()
    {
        Directory.CreateDirectory(_folder["pictures"]);
        var lines = new List<string> { "file_name,label,region" };
        for (var i = 0; i < 10; i++)
        {
            var isSouth = i is >= 4 and < 8;
            File.WriteAllBytes(_folder[$"pictures/{i}.png"], ColourPictures.Png(i % 3, i));
            var label = ColourPictures.Names[(i < 4 || i == 8 ? i : i + 1) % 3];
            lines.Add($"{i}.png,{label},{(isSouth ? "south" : i < 4 ? "north" : "")}");
        }

        File.WriteAllLines(_folder["pictures/metadata.csv"], lines);
    }

    // Pictures as (colour, class, region); a negative region is none.
    private string WriteShard(string set, (int Colour, int Class, double Region)[] pictures)
    {
        var shard = new TarBuilder();
        foreach (var (i, (colour, label, region)) in pictures.Index())
        {
            shard.Add($"{i}.png", ColourPictures.Png(colour, i)).Add($"{i}.cls", $"{label}");
            if (region >= 0)
            {
                shard.Add($"{i}.npy", Vector(region));
            }
        }

        Directory.CreateDirectory(_folder[$"{set}/test"]);
        File.WriteAllLines(_folder[$"{set}/classnames.txt"], ColourPictures.Names);
        File.WriteAllText(_folder[$"{set}/test/nshards.txt"], "1");
        File.WriteAllBytes(_folder[$"{set}/test/0.tar"], shard.Finish());
        return _folder[$"{set}/test"];
    }

    private static byte[] Vector(double number)
    {
        using var stream = new MemoryStream();
        double[] numbers = [number];
        Npy.Write(stream, TensorType.F64, [1], MemoryMarshal.AsBytes(numbers.AsSpan()));
        return stream.ToArray();
    }

    private BenchmarkReport Run(string data, string? groupBy) => new Benchmark(_clip, "tiny", "tiny").Run(new BenchmarkOptions
    {
        Data = data,
        DatasetRoot = Path.IsPathRooted(data) ? null : _folder[""],
        Task = EvaluationTasks.ZeroShot,
        Template = ["a {} square"],
        GroupBy = groupBy,
        Intervals = false,
    });
}
