using ClipSharp.ZeroShot;

namespace ClipSharp.Tests.ZeroShot;

public sealed class ClassifierCacheTests : IDisposable
{
    private static readonly ClassifierKey Key =
        new("m", "t", ClassPrompts.Fill(["dog", "cat"], [PromptTemplate.Default]), 77, "torch cpu fp32");

    private readonly TemporaryFolder _folder = new();
    private int _built;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_classifier_is_built_once_and_comes_back_bit_by_bit()
    {
        var first = Get(Key, out var reused);
        Assert.False(reused);
        var second = Get(Key with { }, out reused);
        Assert.True(reused);
        Assert.Equal(1, _built);
        Assert.Equal(first.Weights.Values, second.Weights.Values);
        Assert.Equal(first.Names, second.Names);
    }

    [Fact]
    public void Another_key_is_another_classifier()
    {
        Get(Key, out _);
        Get(Key with { Engine = "torch cpu bf16" }, out var reused);
        Assert.False(reused);
    }

    [Fact]
    public void Any_damaged_byte_leads_to_building_anew()
    {
        Get(Key, out _);
        var path = Directory.GetFiles(_folder["classifiers"]).Single();
        var sound = File.ReadAllBytes(path);
        for (var at = 0; at < sound.Length; at++)
        {
            var damaged = (byte[])sound.Clone();
            damaged[at] ^= 1;
            File.WriteAllBytes(path, damaged);
            Assert.Equal(Vectors.Values, Get(Key, out _).Weights.Values);
            Get(Key, out var reused);
            Assert.True(reused);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public void A_cut_file_is_built_anew(int length)
    {
        Get(Key, out _);
        var path = Directory.GetFiles(_folder["classifiers"]).Single();
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..length]);
        Get(Key, out var reused);
        Assert.False(reused);
        Get(Key, out reused);
        Assert.True(reused);
    }

    [Fact]
    public void A_place_that_cannot_be_written_costs_only_the_time()
    {
        var file = _folder["file"];
        File.WriteAllText(file, "");
        var cache = new ClassifierCache(Path.Combine(file, "below"));
        var classifier = cache.GetOrBuild(Key, Build, out var reused);
        Assert.False(reused);
        Assert.Equal(Vectors.Values, classifier.Weights.Values);
        Assert.Contains(file, cache.NotKept, StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_without_a_home_has_a_cache_that_keeps_nothing()
    {
        var cache = new ClassifierCache(null);
        Assert.Equal(Vectors.Values, cache.GetOrBuild(Key, Build, out var reused).Weights.Values);
        Assert.False(reused);
        Assert.Equal("there is no home folder", cache.NotKept);
    }

    [Fact]
    public void What_is_kept_is_not_told()
    {
        var cache = new ClassifierCache(_folder["classifiers"]);
        cache.GetOrBuild(Key, Build, out _);
        Assert.Null(cache.NotKept);
    }

    [Fact]
    public void The_folder_is_the_users_unless_named()
    {
        Assert.Equal(Path.Combine("/c", "classifiers"),
            ClassifierCache.UserFolder(name => name == "CLIPSHARP_CACHE" ? "/c" : "/x"));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "XDG folders are for other systems.");
        Assert.Equal("/x/clipsharp/classifiers", ClassifierCache.UserFolder(name => name == "XDG_CACHE_HOME" ? "/x" : null));
        Assert.EndsWith("/.cache/clipsharp/classifiers",
            ClassifierCache.UserFolder(name => name == "XDG_CACHE_HOME" ? "relative" : null), StringComparison.Ordinal);
    }

    private static Embeddings Vectors => UnitVectors.Draw(2, 5, 7);

    private ZeroShotClassifier Get(ClassifierKey key, out bool reused) =>
        new ClassifierCache(_folder["classifiers"]).GetOrBuild(key, Build, out reused);

    private ZeroShotClassifier Build()
    {
        _built++;
        return new ZeroShotClassifier(Key.Prompts.Names, Vectors);
    }
}
