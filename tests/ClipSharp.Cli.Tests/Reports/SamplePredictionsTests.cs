using ClipSharp.Cli.Reports;
using ClipSharp.Files.Reading;
using ClipSharp.Text;

namespace ClipSharp.Cli.Tests.Reports;

public sealed class SamplePredictionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _reads;

    public void Dispose()
    {
        SteadyRead.Trial.Value = null;
        _folder.Dispose();
    }

    [Fact]
    public void Of_a_whole_set_the_test_split_is_shown() => Assert.Equal(6, Take().Count);

    [Fact]
    public void A_picture_whose_last_read_fails_is_read_again_for_the_page()
    {
        var whole = Take();
        SteadyRead.Trial.Value = new ReadTrial(_ => _reads++, _ => { });
        Take();
        var last = _reads - 1;
        _reads = 0;
        var pauses = 0;
        SteadyRead.Trial.Value = new ReadTrial(
            _ =>
            {
                if (_reads++ == last)
                {
                    throw new IOException("the disk is away");
                }
            },
            _ => pauses++);

        var again = Take();

        Assert.Equal(1, pauses);
        Assert.Equal(whole.Select(each => each.Picture), again.Select(each => each.Picture));
    }

    [Fact]
    public void A_disk_that_fails_for_good_at_the_page_is_told_by_name()
    {
        SteadyRead.Trial.Value = new ReadTrial(_ => _reads++, _ => { });
        Take();
        var last = _reads - 1;
        _reads = 0;
        SteadyRead.Trial.Value = new ReadTrial(
            _ =>
            {
                if (_reads++ >= last)
                {
                    throw new IOException("the disk is away");
                }
            },
            _ => { });

        var refusal = Assert.Throws<ClipException>(() => Take());

        Assert.Equal((ClipError.InputOutput, "0.tar"), (refusal.Kind, Path.GetFileName(refusal.Where)));
    }

    private IReadOnlyList<PicturePrediction> Take()
    {
        if (!Directory.Exists(_folder["colours"]))
        {
            ColourPictures.WriteSplit(_folder, 6);
            TinyModel.Write(_folder["model"]);
        }

        using var clip = new Clip(new ColourEncoder(BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"))),
            ClipSharp.Models.ModelFiles.Open(_folder["model"]));
        return SamplePredictions.Take(clip, _folder["colours"], CancellationToken.None);
    }
}
