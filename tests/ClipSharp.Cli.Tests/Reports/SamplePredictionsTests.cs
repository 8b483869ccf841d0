using ClipSharp.Cli.Reports;
using ClipSharp.Text;

namespace ClipSharp.Cli.Tests.Reports;

public sealed class SamplePredictionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_a_whole_set_the_test_split_is_shown()
    {
        ColourPictures.WriteSplit(_folder, 6);
        using var clip = new Clip(new ColourEncoder(BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"))),
            TinyModel.Write(_folder["model"]));

        var predictions = SamplePredictions.Take(clip, _folder["colours"], CancellationToken.None);

        Assert.Equal(6, predictions.Count);
    }
}
