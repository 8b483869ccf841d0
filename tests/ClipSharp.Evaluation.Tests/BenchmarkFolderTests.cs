namespace ClipSharp.Evaluation.Tests;

public sealed class BenchmarkFolderTests
{
    private readonly string _set = Path.Combine(Directory.CreateTempSubdirectory().FullName, "birds");

    public BenchmarkFolderTests()
    {
        Directory.CreateDirectory(Path.Combine(_set, "test"));
        File.WriteAllText(Path.Combine(_set, "test", "0.tar"), "");
        File.WriteAllText(Path.Combine(_set, "test", "nshards.txt"), "1");
    }

    private string Split => Path.Combine(_set, "test");

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
    public void A_list_beside_the_split_comes_before_that_of_its_parent()
    {
        File.WriteAllText(Path.Combine(_set, "classnames.txt"), "a");
        Assert.Equal(Path.Combine(_set, "classnames.txt"), BenchmarkFolder.Find(Split).ClassNames);
        File.WriteAllText(Path.Combine(Split, "classnames.txt"), "a");
        Assert.Equal(Path.Combine(Split, "classnames.txt"), BenchmarkFolder.Find(Split).ClassNames);
    }

    [Theory]
    [InlineData("retrieval\n", true, BenchmarkTask.Retrieval)]
    [InlineData("classification", false, BenchmarkTask.ZeroShot)]
    [InlineData("something else", false, BenchmarkTask.ZeroShot)]
    [InlineData(null, true, BenchmarkTask.ZeroShot)]
    [InlineData(null, false, BenchmarkTask.Retrieval)]
    public void The_kind_is_what_the_set_says_or_what_it_has(string? type, bool hasNames, BenchmarkTask expected)
    {
        if (type is not null)
        {
            File.WriteAllText(Path.Combine(_set, "dataset_type.txt"), type);
        }

        if (hasNames)
        {
            File.WriteAllText(Path.Combine(_set, "classnames.txt"), "a");
        }

        Assert.Equal(expected, BenchmarkFolder.Find(Split).Task);
    }

    [Fact]
    public void A_multilabel_set_is_refused()
    {
        File.WriteAllText(Path.Combine(_set, "dataset_type.txt"), "multilabel");
        Assert.Contains("multilabel", Assert.Throws<ClipException>(() => BenchmarkFolder.Find(Split)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("emoji/val_unseen", BenchmarkTask.ZeroShot)]
    [InlineData("flickr8k/val", BenchmarkTask.Retrieval)]
    [InlineData("cifar10/test", BenchmarkTask.ZeroShot)]
    public void The_real_sets_are_understood(string split, BenchmarkTask expected) =>
        Assert.Equal(expected, BenchmarkFolder.Find(SharedFiles.Data(split)).Task);
}
