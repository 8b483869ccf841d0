using ClipSharp.Evaluation.Tasks;
namespace ClipSharp.Evaluation.Tests;

public sealed class BenchmarkFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BenchmarkFolderTests()
    {
        Directory.CreateDirectory(Split);
        File.WriteAllText(Path.Combine(Split, "0.tar"), "");
        File.WriteAllText(Path.Combine(Split, "nshards.txt"), "1");
    }

    public void Dispose() => _folder.Dispose();

    private string Set => _folder["birds"];

    private string Split => Path.Combine(Set, "test");

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/0.tar")]
    [InlineData("/{0..0}.tar")]
    public void Names_are_those_of_the_folders_however_the_shards_are_named(string ending)
    {
        var folder = BenchmarkFolder.Find(Split + ending);
        Assert.Equal(("birds", "test"), (folder.Dataset, folder.Split));
    }

    [Fact]
    public void A_whole_set_stands_for_its_test_split()
    {
        var folder = BenchmarkFolder.Find(Set);
        Assert.Equal(("birds", "test", Split), (folder.Dataset, folder.Split, folder.Data));
    }

    [Fact]
    public void A_pulled_set_is_named_after_its_repository()
    {
        var snapshot = _folder["datasets--clip-benchmark--wds_birds/snapshots/0123456789abcdef0123456789abcdef01234567"];
        Directory.CreateDirectory(Path.GetDirectoryName(snapshot)!);
        Directory.Move(Set, snapshot);
        Assert.Equal("wds_birds", BenchmarkFolder.Find(snapshot).Dataset);
    }

    [Fact]
    public void A_list_beside_the_split_comes_before_that_of_its_parent()
    {
        File.WriteAllText(Path.Combine(Set, "classnames.txt"), "a");
        Assert.Equal(Path.Combine(Set, "classnames.txt"), BenchmarkFolder.Find(Split).Beside("classnames.txt"));
        File.WriteAllText(Path.Combine(Split, "classnames.txt"), "a");
        Assert.Equal(Path.Combine(Split, "classnames.txt"), BenchmarkFolder.Find(Split).Beside("classnames.txt"));
    }

    [Theory]
    [InlineData("retrieval\n", true, EvaluationTasks.Retrieval)]
    [InlineData("classification", false, EvaluationTasks.ZeroShot)]
    [InlineData("something else", false, EvaluationTasks.ZeroShot)]
    [InlineData(null, true, EvaluationTasks.ZeroShot)]
    [InlineData(null, false, EvaluationTasks.Retrieval)]
    public void The_kind_is_what_the_set_says_or_what_it_has(string? type, bool hasNames, string expected)
    {
        if (type is not null)
        {
            File.WriteAllText(Path.Combine(Set, "dataset_type.txt"), type);
        }

        if (hasNames)
        {
            File.WriteAllText(Path.Combine(Set, "classnames.txt"), "a");
        }

        Assert.Equal(expected, BenchmarkFolder.Find(Split).Task);
    }

    [Fact]
    public void A_set_of_several_labels_is_one_by_its_file_or_by_what_is_known()
    {
        File.WriteAllText(Path.Combine(Set, "dataset_type.txt"), "multilabel");
        Assert.Equal(EvaluationTasks.Multilabel, BenchmarkFolder.Find(Split).Task);
        Directory.Move(Set, _folder["voc2007_multilabel"]);
        File.Delete(_folder["voc2007_multilabel/dataset_type.txt"]);
        var known = BenchmarkFolder.Find("voc2007_multilabel", root: _folder.Path);
        Assert.Equal((EvaluationTasks.Multilabel, "voc2007_multilabel", "test"), (known.Task, known.Dataset, known.Split));
    }

    [Theory]
    [InlineData("emoji/val_unseen", EvaluationTasks.ZeroShot)]
    [InlineData("flickr8k/val", EvaluationTasks.Retrieval)]
    [InlineData("cifar10/test", EvaluationTasks.ZeroShot)]
    public void The_real_sets_are_understood(string split, string expected) =>
        Assert.Equal(expected, BenchmarkFolder.Find(SharedFiles.Data(split)).Task);
}
