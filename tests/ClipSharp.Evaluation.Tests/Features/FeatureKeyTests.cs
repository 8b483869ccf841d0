using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Features;

namespace ClipSharp.Evaluation.Tests.Features;

public sealed class FeatureKeyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Clip _clip;

    public FeatureKeyTests() => _clip = new Clip(new FakeEncoder(4), TinyModel.Write(_folder["model"]));

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Neither_captions_nor_classes_are_part_of_it_and_all_that_pixels_depend_on_is()
    {
        var split = ColourPictures.WriteSplit(_folder, 6);
        var key = Of(Index(split, SampleNeed.Class));
        Assert.Equal(key, Of(Index(split, SampleNeed.Caption)));
        Assert.NotEqual(key, FeatureKey.OfPictures(_clip, Index(split, SampleNeed.Class), FeatureLayer.Pooled));
        Assert.NotEqual(key, Of(Index(split, SampleNeed.Class).Select([1, 0, 2, 3, 4, 5])));

        // Another file of the same size and names.
        File.SetLastWriteTimeUtc(Path.Combine(split, "0.tar"), DateTime.UtcNow.AddDays(-1));
        Assert.NotEqual(key, Of(Index(split, SampleNeed.Class)));
    }

    [Fact]
    public void Samples_may_come_back_to_a_file()
    {
        var first = ColourPictures.WriteSplit(_folder, 4);
        File.Copy(Path.Combine(first, "0.tar"), Path.Combine(first, "1.tar"));
        File.WriteAllText(Path.Combine(first, "nshards.txt"), "2");
        var mixed = Index(first, SampleNeed.Class).InKeyOrder();
        Assert.True(mixed.Files.Count > 2); // both shards have the same keys
        Assert.NotEqual(Of(Index(first, SampleNeed.Class)), Of(mixed));
    }

    private static SampleIndex Index(string split, SampleNeed need) =>
        SampleIndex.Build(SampleSources.Open(split, new DataOptions()), need);

    private FeatureKey Of(SampleIndex index) => FeatureKey.OfPictures(_clip, index, FeatureLayer.Projected);
}
