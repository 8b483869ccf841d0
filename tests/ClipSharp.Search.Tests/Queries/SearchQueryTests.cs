using ClipSharp.Search.Queries;

namespace ClipSharp.Search.Tests.Queries;

public sealed class SearchQueryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Words_alone_are_one_term()
    {
        Assert.Equal([new SearchTerm(1, false, "two dogs on snow")], SearchQuery.Parse("two dogs on snow").Terms);
        Assert.Equal([new SearchTerm(1, false, "two dogs")], SearchQuery.Parse("two", "dogs").Terms);
        Assert.Equal([new SearchTerm(1, false, "T-shirt 16 mm")], SearchQuery.Parse("T-shirt 16 mm").Terms);
    }

    [Fact]
    public void Terms_are_added_subtracted_and_weighted_as_shell_words_or_as_one()
    {
        SearchTerm[] expected = [new(1, true, "./dog.jpg"), new(2, false, "snow"), new(-0.5, false, "a leash")];

        Assert.Equal(expected, SearchQuery.Parse("./dog.jpg", "+", "2:snow", "-", "0.5:a", "leash").Terms);
        Assert.Equal(expected, SearchQuery.Parse("./dog.jpg + 2:snow - 0.5:a leash").Terms);
        Assert.Equal([new SearchTerm(-1, false, "leash")], SearchQuery.Parse("-", "leash").Terms);
    }

    [Fact]
    public void A_file_that_is_there_is_a_picture_blanks_in_its_name_too()
    {
        File.WriteAllText(_folder["my dog.jpg"], "");

        var terms = SearchQuery.Parse(_folder["my dog.jpg"], "+", "snow").Terms;

        Assert.Equal([new SearchTerm(1, true, _folder["my dog.jpg"]), new SearchTerm(1, false, "snow")], terms);
    }

    [Theory]
    [InlineData("")]
    [InlineData("dog +")]
    [InlineData("+ dog")]
    [InlineData("dog + - cat")]
    [InlineData("0:dog")]
    public void What_has_no_meaning_is_refused_in_one_line(string query)
    {
        var refusal = Assert.Throws<ClipException>(() => SearchQuery.Parse(query));

        Assert.Equal(ClipError.Usage, refusal.Kind);
        Assert.Contains("Write it as", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_score_is_the_sum_of_weighted_cosines()
    {
        var model = TinyModel.Write(_folder["model"]);
        using var clip = new Clip(new ColourEncoder(model.LoadTokenizer()), model);
        var (red, blue) = (clip.EncodeTexts(["red"]), clip.EncodeTexts(["blue"]));

        var query = SearchQuery.Parse("2:red - blue").Encode(clip);

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal((2 * red.Values[i]) - blue.Values[i], query.Values[i], 6);
        }
    }
}
