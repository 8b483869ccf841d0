using ClipSharp.Evaluation.Registry;
using ClipSharp.Evaluation.Sets;
using ClipSharp.Hub;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Evaluation.Tests.Sets;

public sealed class SetPlaceTests : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TemporaryFolder _folder = new();
    private readonly HubCache _cache;

    public SetPlaceTests() => _cache = new HubCache(new HubOptions { CacheFolder = _folder["hub"] });

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("wds/vtab/pets", "sets", "sets/wds_vtab-pets")]
    [InlineData("vtab/pets", "sets", "sets/vtab-pets")]
    [InlineData("pets", "sets", "sets/wds_vtab-pets")]
    [InlineData("vtab/pets", "sets", "sets/vtab/pets")]
    [InlineData("food101", "sets", "sets/wds_food101_test")]
    [InlineData("wds/vtab/pets", "sets/{dataset}", "sets/vtab/pets")]
    [InlineData("wds/vtab/pets", "sets/wds_{dataset_cleaned}/here", "sets/wds_vtab-pets/here")]
    [InlineData("my_own", "sets", "sets/my_own")]
    public void A_set_is_found_as_CLIP_benchmark_and_DataComp_lay_it(string name, string root, string place)
    {
        Directory.CreateDirectory(_folder[place]);
        var found = SetPlace.Find(name, _folder[root], _cache);
        Assert.Equal(Path.GetFullPath(_folder[place]), Path.GetFullPath(found.Folder));
        Assert.Equal(name.Replace("wds/", "", StringComparison.Ordinal), found.Name);
        Assert.Equal(BenchmarkSets.TryFind(name), found.Set);
    }

    [Theory]
    [InlineData("cifar10", "test")]
    [InlineData("flickr8k", "val")]
    public void Sets_on_this_disk_are_found_in_their_common_root(string name, string split)
    {
        var found = SetPlace.Find("wds/" + name, Path.GetDirectoryName(SharedFiles.Data(name)), _cache);
        Assert.Equal(name, found.Set!.Name);
        Assert.True(File.Exists(Path.Combine(found.Of(split).Data, "nshards.txt")));
    }

    [Fact]
    public void A_root_may_be_the_set_itself()
    {
        Directory.CreateDirectory(_folder["here/test"]);
        Assert.Equal(_folder["here"], SetPlace.Find("cars", _folder["here"], _cache).Folder);
        Assert.Throws<ClipException>(() => SetPlace.Find("cars", _folder.Path, _cache)); // "here" in it is no split
    }

    [Theory]
    [InlineData("hf-hub:clip-benchmark/wds_cars", null)]
    [InlineData("cars", null)]
    [InlineData("wds/cars", "https://huggingface.co/datasets/clip-benchmark/wds_{dataset_cleaned}/tree/main")]
    [InlineData("cars", "nowhere")]
    public void What_was_pulled_is_found_by_every_name(string name, string? root)
    {
        var snapshot = Pull("clip-benchmark", "wds_cars");
        var found = SetPlace.Find(name, root, _cache);
        Assert.Equal((snapshot, "cars"), (found.Folder, found.Set!.Name));
    }

    [Fact]
    public void A_path_is_itself_and_named_after_its_folder()
    {
        Directory.CreateDirectory(_folder["wds_vtab-pets"]);
        var found = SetPlace.Find(_folder["wds_vtab-pets"], null, _cache);
        Assert.Equal((_folder["wds_vtab-pets"], "wds_vtab-pets", "vtab/pets"), (found.Folder, found.Name, found.Set!.Name));
        Assert.Null(SetPlace.Find(_folder["absent-{0..3}.tar"], null, _cache).Set); // whoever opens it says so
    }

    [Theory]
    [InlineData("cars", "Fetch it: clipsharp pull clip-benchmark/wds_cars --repo-type dataset")]
    [InlineData("ucf101", "Get it from https://www.crcv.ucf.edu/data/UCF101.php, then name its folder")]
    public void A_set_that_is_not_there_says_how_to_get_it(string name, string remedy)
    {
        var refusal = Assert.Throws<ClipException>(() => SetPlace.Find(name, _folder["sets"], _cache));
        Assert.Equal(ClipError.NoInput, refusal.Kind);
        Assert.Contains(Path.Combine(_folder["sets"], "wds_" + name), refusal.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(ClipError.Usage, Assert.Throws<ClipException>(() => SetPlace.Find("carz", null, _cache)).Kind);
    }

    [Fact]
    public void A_split_is_a_folder_or_the_Parquet_files_of_its_name()
    {
        Directory.CreateDirectory(_folder["cars/test"]);
        Assert.Equal((_folder["cars/test"], "test"), SetPlace.Find("cars", _folder.Path, _cache).Of());

        Directory.CreateDirectory(_folder["imagenet1k/val"]);
        var imagenet = SetPlace.Find("imagenet1k", _folder.Path, _cache);
        Assert.Equal((_folder["imagenet1k/val"], "val"), imagenet.Of());
        Assert.Contains("found val, expected train", Assert.Throws<ClipException>(() => imagenet.Of("train")).Message,
            StringComparison.Ordinal);

        Directory.CreateDirectory(_folder["mine/data"]);
        var mine = SetPlace.Find("mine", _folder.Path, _cache);
        Assert.Equal((_folder["mine"], "mine"), mine.Of());
        File.WriteAllText(_folder["mine/data/test-00000-of-00001.parquet"], "");
        Assert.Equal((Path.Combine(_folder["mine"], "data", "test-*.parquet"), "test"), mine.Of());
    }

    private string Pull(string org, string name)
    {
        var repo = _folder[$"hub/datasets--{org}--{name}"];
        Directory.CreateDirectory(Path.Combine(repo, "snapshots", Commit, "test"));
        Directory.CreateDirectory(Path.Combine(repo, "refs"));
        File.WriteAllText(Path.Combine(repo, "refs", "main"), Commit);
        return Path.Combine(repo, "snapshots", Commit);
    }
}
