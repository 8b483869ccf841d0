using System.Text.Json;
using ClipSharp.Images;
using ClipSharp.ZeroShot;

namespace ClipSharp.Server.Tests.Endpoints;

/// <summary>POST /v1/zero-shot.</summary>
public sealed class ZeroShotTests
{
    private const string Route = "/v1/zero-shot";

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    private static string Png(int colour) => Convert.ToBase64String(ColourPictures.Png(colour));

    [Fact]
    public async Task A_files_name_in_UTF_7_is_its_callers_fault()
    {
        await using var server = await RunningServer.StartAsync(Colours);
        const string form = "--p\r\nContent-Disposition: form-data; name=image; filename*=utf-7''a\r\n\r\nx\r\n--p--\r\n";
        using var reply = await server.PostAsync(Route, System.Text.Encoding.ASCII.GetBytes(form),
            "multipart/form-data; boundary=p");
        Assert.Equal((400, "body: the name of a file is in an encoding that is not read, such as UTF-7."),
            await RunningServer.ProblemAsync(reply));
    }

    private static void Store(string path, Func<Clip> model)
    {
        using var clip = model();
        ClassifierFile.Write(path, clip.BuildClassifier(["red", "green", "blue"], [PromptTemplate.Default]), clip);
    }

    private static Clip Colours() => RunningServer.Fake(new ColourEncoder(RunningServer.Tokenizer));

    [Fact]
    public async Task Pictures_are_named_as_by_the_library()
    {
        await using var server = await RunningServer.StartAsync(Colours);
        var reply = await server.AnswerAsync(Route, $$"""
            {"images": ["{{Png(1)}}", {"image": "data:image/png;base64,{{Png(2)}}"}], "labels": ["red", "green", "blue"],
             "templates": ["a {} square", "something {}"], "model": "m"}
            """);
        Assert.Equal("m", reply.GetProperty("model").GetString());
        using var clip = Colours();
        foreach (var (colour, result) in reply.GetProperty("results").EnumerateArray().Index())
        {
            Assert.Equal(colour, result.GetProperty("index").GetInt32());
            var expected = clip.Classify(ColourPictures.Png(colour + 1), ["red", "green", "blue"],
                [PromptTemplate.Parse("a {} square"), PromptTemplate.Parse("something {}")]);
            Assert.Equal(expected, result.GetProperty("predictions").EnumerateArray().Select(each =>
                new Prediction(each.GetProperty("label").GetString()!, each.GetProperty("probability").GetDouble())));
        }
    }

    [Fact]
    public async Task An_upload_of_files_is_the_same()
    {
        await using var server = await RunningServer.StartAsync(Colours);
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(ColourPictures.Png(2)), "image", "a.png" },
            { new ByteArrayContent(ColourPictures.Png(0)), "image", "../../b.png" },
            { new StringContent("red, green"), "labels" }, { new StringContent("blue"), "labels" },
            { new StringContent("1"), "top" },
        };
        using var reply = await server.Client.PostAsync(new Uri(Route, UriKind.Relative), form, Now);
        var results = JsonDocument.Parse(await reply.Content.ReadAsStringAsync(Now)).RootElement.GetProperty("results");
        Assert.Equal(["blue", "red"], results.EnumerateArray().Select(result =>
            Assert.Single(result.GetProperty("predictions").EnumerateArray()).GetProperty("label").GetString()));
    }

    [Fact]
    public async Task The_classifier_of_the_same_labels_is_built_once()
    {
        var encoder = new ColourEncoder(RunningServer.Tokenizer);
        await using var server = await RunningServer.StartAsync(() => RunningServer.Fake(encoder));
        var before = encoder.TextsEncoded;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => server.AnswerAsync(Route,
            $$"""{"images": ["{{Png(1)}}"], "labels": ["red", "green"]}""")));
        Assert.Equal(before + 2, encoder.TextsEncoded);
    }

    [Fact]
    public async Task A_stored_classifier_names_as_its_labels_do_and_encodes_no_text()
    {
        using var folder = new TemporaryFolder();
        Store(folder["colours"], Colours);
        var encoder = new ColourEncoder(RunningServer.Tokenizer);
        await using var server = await RunningServer.StartAsync(() => RunningServer.Fake(encoder),
            options => options.Classifiers["colours"] = folder["colours"]);
        var before = encoder.TextsEncoded;
        var stored = await server.AnswerAsync(Route, $$"""{"images": ["{{Png(1)}}"], "classifier": "colours"}""");
        Assert.Equal(before, encoder.TextsEncoded);
        var labels = await server.AnswerAsync(Route, $$"""{"images": ["{{Png(1)}}"], "labels": ["red", "green", "blue"]}""");
        Assert.Equal(labels.GetRawText(), stored.GetRawText());
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(ColourPictures.Png(1)), "image", "a.png" }, { new StringContent("colours"), "classifier" },
        };
        using var reply = await server.Client.PostAsync(new Uri(Route, UriKind.Relative), form, Now);
        Assert.Equal(labels.GetRawText(), await reply.Content.ReadAsStringAsync(Now));
        var models = JsonDocument.Parse(await server.Client.GetStringAsync(new Uri("/v1/models", UriKind.Relative), Now));
        Assert.Equal("""["colours"]""", models.RootElement.GetProperty("data")[0].GetProperty("classifiers").GetRawText());
    }

    [Fact]
    public async Task A_classifier_that_is_not_there_or_has_labels_beside_it_is_400()
    {
        using var folder = new TemporaryFolder();
        Store(folder["colours"], Colours);
        await using var server = await RunningServer.StartAsync(Colours,
            options => options.Classifiers["colours"] = folder["colours"]);
        Assert.Equal((400, "classifier: there is none of this name; known are colours."),
            await server.ProblemAsync(Route, $$"""{"images": ["{{Png(1)}}"], "classifier": "shapes"}"""));
        Assert.Equal((400, "classifier: it has labels and templates of its own: leave these out."),
            await server.ProblemAsync(Route, $$"""{"images": ["{{Png(1)}}"], "classifier": "colours", "labels": "red"}"""));
        await using var none = await RunningServer.StartAsync(Colours);
        Assert.Equal((400, "classifier: this server has none; give labels."),
            await none.ProblemAsync(Route, $$"""{"images": ["{{Png(1)}}"], "classifier": "shapes"}"""));
    }

    [Fact]
    public async Task A_classifier_of_another_model_is_not_served()
    {
        using var folder = new TemporaryFolder();
        Store(folder["other"], () => new Clip(new ColourEncoder(RunningServer.Tokenizer), RunningServer.Tokenizer,
            TinyModel.Config, new PreprocessConfig(), () => "another"));
        await using var server = await RunningServer.StartAsync(Colours,
            options => options.Classifiers["other"] = folder["other"], waits: false);
        var fault = await Assert.ThrowsAsync<ClipException>(() => server.Served.Ready);
        Assert.Equal(ClipError.Config, fault.Kind);
        Assert.Contains("The classifier was made with another model", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"labels": ["red"]}""", "images: there is none")]
    [InlineData("""{"images": ["AAAA"]}""", "There are no classes")]
    [InlineData("""{"images": ["AAAA"], "labels": [1]}""", "a text or a list of texts")]
    [InlineData("""{"images": ["AAAA"], "labels": ["red"], "templates": ["no gap"]}""", "no gap")]
    [InlineData("""{"images": ["AAAA"], "labels": ["red"], "top": 0}""", "top: 1 or more")]
    [InlineData("""{"images": ["AAAA"], "labels": ["red"]}""", "something that is no picture")]
    [InlineData("""{"images": [5], "labels": ["red"]}""", "a data URL, base64 or")]
    public async Task Wrong_input_is_a_problem_that_says_why(string json, string reason)
    {
        await using var server = await RunningServer.StartAsync(Colours);
        var (status, detail) = await server.ProblemAsync(Route, json);
        Assert.Equal(400, status);
        Assert.Contains(reason, detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Few_bytes_do_not_become_many()
    {
        await using var server = await RunningServer.StartAsync(Colours);
        var (status, detail) = await server.ProblemAsync(Route, JsonSerializer.Serialize(new
        {
            images = new[] { Png(0) },
            labels = Enumerable.Range(0, 1000).Select(number => $"{number}"),
            templates = new[] { "{}" + new string('a', 8000), "{}" + new string('b', 8000) },
        }));
        Assert.Equal(400, status);
        Assert.Contains("characters of labels in templates: found 16009", detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("colours", "red", "there is no such field")]
    [InlineData("top", "many", "one whole number")]
    [InlineData("labels", "red,,blue", "A class has no name")]
    public async Task A_wrong_form_is_a_problem_that_says_why(string field, string value, string reason)
    {
        await using var server = await RunningServer.StartAsync(Colours);
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(ColourPictures.Png(2)), "image", "a.png" }, { new StringContent(value), field },
        };
        using var reply = await server.Client.PostAsync(new Uri(Route, UriKind.Relative), form, Now);
        var (status, detail) = await RunningServer.ProblemAsync(reply);
        Assert.Equal(400, status);
        Assert.Contains(reason, detail, StringComparison.Ordinal);
    }
}
