using System.Text.Json;
using System.Xml.Linq;

namespace ClipSharp.Cli.Tests.Commands.Evaluating;

public sealed class EvalOverlapCommandTests : IDisposable
{
    private readonly ColourModel _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task The_share_is_a_table_with_its_interval()
    {
        // Pictures 0 to 3 are in both; 2 is unreadable in the test set. Squares are all alike by their hash, and some by vectors.
        var train = ColourPictures.WriteNamed(_model.Folder, "train", 4);
        var test = ColourPictures.WriteNamed(_model.Folder, "test", 6, broken: [2]);
        Assert.Equal(0, await _model.Run("eval", "overlap", "--train", train, "--dataset", test, "--near", "1", "--hash-distance",
            "0"));
        Assert.Equal("left out of colours: 1 NotAPicture\n", _model.Error);
        Assert.Equal("""
            4 training pictures; overlap: equal pixels, or cosine at least 1 and at most 0 bits of the hash

              data set  split  pictures  overlap  equal pixels  share  99.5% interval

              colours  test  5  3  3  60.0%  6.5% to 98.4%


            """, _model.Table);
    }

    [Fact]
    public async Task Accuracy_is_told_on_all_on_what_is_clean_and_on_the_overlap()
    {
        var train = ColourPictures.WriteNamed(_model.Folder, "train", 3);
        var test = ColourPictures.WriteNamed(_model.Folder, "test", 9);
        File.WriteAllText(_model.Folder["colours/classnames.txt"], "red\nblue\ngreen\n"); // blue and green the wrong way round
        Assert.Equal(0, await _model.Run("eval", "--data", test, "--output", _model.Folder["r.json"]));

        Assert.Equal(0, await _model.Run("eval", "overlap", "--train", train, "--dataset", test, "--near", "1", "--hash-distance",
            "0", "--results", _model.Folder["r.json"], "--output", _model.Folder["o.json"], "--json"));

        var text = File.ReadAllText(_model.Folder["o.json"]).Replace(_model.Folder.Path, "DIR", StringComparison.Ordinal);
        var written = JsonDocument.Parse(text).RootElement;
        Assert.True(JsonElement.DeepEquals(written, JsonDocument.Parse(_model.Output).RootElement), _model.Output);
        var measured = written.GetProperty("sets")[0].GetProperty("measured")[0];
        Assert.Equal((9, 6, 3), (measured.GetProperty("all").GetInt32(), measured.GetProperty("clean").GetInt32(),
            measured.GetProperty("overlap").GetInt32()));
        Assert.Equal(1 / 3.0, measured.GetProperty("acc_clean").GetDouble(), 1e-12);
        Assert.Equal(0, measured.GetProperty("gain").GetDouble(), 1e-12);
        // One of three at 1/3 or more: 1 − (2/3)³.
        Assert.Equal(19 / 27.0, measured.GetProperty("p_value").GetDouble(), 1e-12);
        Assert.Equal(19 / 27.0, measured.GetProperty("p_bonferroni").GetDouble(), 1e-12);
    }

    [Fact]
    public async Task Several_sets_are_one_study_with_one_correction()
    {
        var train = ColourPictures.WriteNamed(_model.Folder, "train", 3);
        string[] sets = [ColourPictures.WriteNamed(_model.Folder, "test", 9), ColourPictures.WriteNamed(_model.Folder, "val", 6)];
        foreach (var set in sets)
        {
            Assert.Equal(0, await _model.Run("eval", "--data", set, "--output", _model.Folder["{split}.json"]));
        }

        Assert.Equal(0, await _model.Run("eval", "overlap", "--train", train, "--dataset", sets[0], sets[1], "--near", "1",
            "--hash-distance", "0", "--results", _model.Folder["val.json"], _model.Folder["test.json"]));
        Assert.Contains("colours  zeroshot_classification  model  100.0%  100.0%  100.0%  13.6% to 100.0%  0.00  1.0000  1.0000",
            _model.Table, StringComparison.Ordinal);
        Assert.Contains("Bonferroni over 2 tests", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_shows_pairs_and_is_XML()
    {
        var train = ColourPictures.WriteNamed(_model.Folder, "train", 3);
        var test = ColourPictures.WriteNamed(_model.Folder, "test", 5);
        Assert.Equal(0, await _model.Run("eval", "overlap", "--train", train, "--dataset", test, "--near", "1", "--hash-distance",
            "0", "--html", _model.Folder["pairs.html"]));
        var page = XDocument.Parse(File.ReadAllText(_model.Folder["pairs.html"]));
        // Three of overlap, two others by hash and again by vectors, two pictures each.
        Assert.Equal(2 * (3 + 2 + 2), page.Descendants("img").Count());
        Assert.Equal(["Overlap, the least sure first: 3", "No overlap, the nearest by hash first: 2",
            "No overlap, the nearest by vectors first: 2"], page.Descendants("summary").Select(summary => summary.Value));
    }

    [Theory]
    [InlineData("--near", "2", "a cosine from -1 to 1")]
    [InlineData("--hash-distance", "300", "a number of bits from 0 to 255")]
    [InlineData("--results", "none.json", "The report cannot be read")]
    [InlineData("--train", "none", "no such file")]
    public async Task What_cannot_be_is_told_before_any_work(string option, string value, string expected)
    {
        var test = ColourPictures.WriteNamed(_model.Folder, "test", 3);
        string[] train = option == "--train" ? [] : ["--train", test];
        Assert.NotEqual(0, await _model.Run(["eval", "overlap", .. train, "--dataset", test, option, value]));
        Assert.Contains(expected, _model.Error, StringComparison.Ordinal);
        Assert.Equal("", _model.Output);
    }

    [Fact]
    public async Task Outcomes_of_another_set_are_refused()
    {
        var test = ColourPictures.WriteNamed(_model.Folder, "test", 3);
        var other = ColourPictures.WriteNamed(_model.Folder, "val", 3);
        Assert.Equal(0, await _model.Run("eval", "--data", other, "--output", _model.Folder["r.json"]));
        Assert.Equal((int)ClipError.Usage, await _model.Run("eval", "overlap", "--train", other, "--dataset", test, "--results",
            _model.Folder["r.json"]));
        Assert.Contains("The outcomes are of another set (DIR/r.json): found colours, val", _model.Error,
            StringComparison.Ordinal);
    }
}
