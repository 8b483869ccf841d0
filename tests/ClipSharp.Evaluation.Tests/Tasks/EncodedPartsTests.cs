using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Parts;

namespace ClipSharp.Evaluation.Tests.Tasks;

/// <summary>Every task on features that parts computed.</summary>
public sealed class EncodedPartsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WatchedEncoder _encoder;
    private readonly Clip _clip;

    public EncodedPartsTests()
    {
        var model = TinyModel.Write(_folder["model"]);
        _encoder = new WatchedEncoder(new ColourEncoder(model.LoadTokenizer()));
        _clip = new Clip(_encoder, model) { BatchSize = 4 };
        ColourPictures.WriteSplit(_folder, 12, broken: [4]);
        ColourPictures.WriteNamed(_folder, "train", 60, broken: [7]);
        ColourPictures.WriteNamed(_folder, "val", 30);
    }

    public static TheoryData<string> Tasks => [.. EvaluationTasks.Names
        .Except([EvaluationTasks.Multilabel, EvaluationTasks.Selection])]; // of sets of another form

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void The_merge_encodes_no_picture_and_has_the_same_figures(string task)
    {
        var options = new BenchmarkOptions { Data = _folder["colours"], Task = task };
        var whole = new Benchmark(_clip, "tiny", "tiny").Run(options).ToJson(indented: false);
        var store = new FeatureStore(_folder["store"]);
        var pictures = Enumerable.Range(1, 3).Sum(number =>
            new Benchmark(_clip, "tiny", "tiny", features: store).EncodePart(new WorkPart(number, 3), options));
        var encoded = _encoder.Pictures;

        var merged = new Benchmark(_clip, "tiny", "tiny", features: store) { MergesParts = true }.Run(options);

        Assert.True(pictures >= 12);
        Assert.Equal(encoded, _encoder.Pictures);
        Assert.Equal(whole, merged.ToJson(indented: false));
        Directory.Delete(_folder["store"], recursive: true);
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() =>
            new Benchmark(_clip, "tiny", "tiny", features: store) { MergesParts = true }.Run(options)).Kind);
    }
}
