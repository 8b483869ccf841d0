using System.Text.Json;

namespace ClipSharp.Server.Tests.Endpoints;

/// <summary>POST /v1/search, clip-retrieval's /knn-service and /indices-list.</summary>
public sealed class SearchTests : IDisposable
{
    private readonly IndexedColours _colours = new();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose() => _colours.Dispose();

    [Theory]
    [InlineData("""{"text": "green", "top": 1}""", "green.png")]
    [InlineData("""{"query": "red + 2:blue", "top": 2}""", "blue.png red.png")]
    [InlineData("""{"query": "red + blue - red", "top": 1}""", "blue.png")]
    [InlineData("""{"image": "PNG", "top": 1}""", "blue.png")]
    [InlineData("""{"text": "red", "image": "PNG", "min_score": 0.5}""", "blue.png red.png")]
    [InlineData("""{"text": "red", "filter": "name = g*"}""", "green.png")]
    [InlineData("""{"text": "red", "filter": ["name ~ e", "caption !~ green", "size < 1MB"], "top": 1}""", "red.png")]
    [InlineData("""{"text": "red", "filter": "size > 1GB"}""", "")]
    public async Task Pictures_are_found_by_words_pictures_and_both(string json, string keys)
    {
        await using var server = await Start();
        var reply = await server.AnswerAsync("/v1/search",
            json.Replace("PNG", Convert.ToBase64String(ColourPictures.Png(2)), StringComparison.Ordinal));
        var found = reply.GetProperty("results").EnumerateArray().Select(each => each.GetProperty("key").GetString()).ToList();
        Assert.Equal(keys, string.Join(' ', found.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task A_result_says_what_is_known_of_a_picture_and_no_path()
    {
        await using var server = await Start();
        var reply = await server.AnswerAsync("/v1/search", """{"text": "green", "top": 1}""");
        var found = Assert.Single(reply.GetProperty("results").EnumerateArray());
        Assert.Equal("something green", found.GetProperty("caption").GetString());
        Assert.Equal(ColourPictures.Png(1).Length, found.GetProperty("bytes").GetInt64());
        Assert.Equal(64, found.GetProperty("sha256").GetString()!.Length);
        Assert.DoesNotContain(_colours.Folder, reply.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callers_words_never_become_a_file_of_this_machine()
    {
        await using var server = await Start();
        var reply = await server.AnswerAsync("/v1/search",
            JsonSerializer.Serialize(new { query = _colours.Photo("blue.png"), top = 1 }));
        Assert.Equal("blue.png", reply.GetProperty("results")[0].GetProperty("key").GetString()); // the word blue, so:
        var score = reply.GetProperty("results")[0].GetProperty("score").GetSingle();
        var asText = await server.AnswerAsync("/v1/search",
            JsonSerializer.Serialize(new { text = _colours.Photo("blue.png"), top = 1 }));
        Assert.Equal(asText.GetProperty("results")[0].GetProperty("score").GetSingle(), score);
        await server.AnswerAsync("/v1/search", """{"query": "/nothing/there.png + ./nor/here.png"}""");
    }

    [Fact]
    public async Task Clip_retrievals_clients_get_their_shape()
    {
        await using var server = await Start();
        Assert.Equal("""["pictures"]""", await server.Client.GetStringAsync(new Uri("/indices-list", UriKind.Relative), Now));
        var byText = await server.AnswerAsync("/knn-service", """
            {"text": "red", "image": null, "image_url": null, "embedding_input": null, "modality": "image", "num_images": 1,
             "num_result_ids": 3, "indice_name": "pictures", "deduplicate": false, "use_safety_model": false,
             "use_violence_detector": false, "aesthetic_score": 9, "aesthetic_weight": 0, "use_mclip": false}
            """);
        Assert.Equal("red.png", byText[0].GetProperty("image_path").GetString());
        Assert.Equal(["id", "similarity"], byText[1].EnumerateObject().Select(member => member.Name));
        Assert.Equal(3, byText.EnumerateArray().Select(each => each.GetProperty("id").GetInt64()).Distinct().Count());
        var byVector = await server.AnswerAsync("/knn-service", """{"embedding_input": [0, 0, 7, 0], "num_images": 1}""");
        Assert.Equal("blue.png", byVector[0].GetProperty("image_path").GetString());
        var byPicture = await server.AnswerAsync("/knn-service",
            $$"""{"image": "{{Convert.ToBase64String(ColourPictures.Png(1))}}", "num_images": 1}""");
        Assert.Equal("green.png", byPicture[0].GetProperty("image_path").GetString());
    }

    [Theory]
    [InlineData("/v1/search", """{}""", "give text, query, image")]
    [InlineData("/v1/search", """{"text": "a", "query": "b"}""", "give text, query, image")]
    [InlineData("/v1/search", """{"text": "a", "vector": [1, 0, 0, 0]}""", "give text, query, image")]
    [InlineData("/v1/search", """{"image": "AAAA", "similar_to": 1}""", "give text, query, image")]
    [InlineData("/v1/search", """{"similar_to": 3}""", "no picture of this id")]
    [InlineData("/v1/search", """{"similar_to": -1}""", "no picture of this id")]
    [InlineData("/v1/search", """{"vector": [1, 0]}""", "found 2 numbers")]
    [InlineData("/v1/search", """{"vector": "AAAA"}""", "a list of numbers, or base64")]
    [InlineData("/v1/search", """{"vector": ["1"]}""", "a list of numbers, or base64")]
    [InlineData("/v1/search", """{"vector": [1e39, 0, 0, 0]}""", "too large")]
    [InlineData("/v1/search", """{"query": "a", "skip": -1}""", "skip: found -1")]
    [InlineData("/v1/search", """{"query": "a", "skip": 99999, "top": 2}""", "0 to 100000")]
    [InlineData("/v1/search", """{"query": "a + "}""", "The query ends before a term")]
    [InlineData("/v1/search", """{"query": "a", "top": 1001}""", "1 to 1000")]
    [InlineData("/v1/search", """{"text": "a", "filter": "colour = red"}""", "The filter cannot be read")]
    [InlineData("/v1/search", """{"text": "a", "min_score": "NaN"}""", "min_score: ")]
    [InlineData("/v1/search", """{"text": "a", "min_score": 1e999}""", "min_score: ")]
    [InlineData("/knn-service", """{"text": "a", "image_url": "http://localhost/"}""", "links are not fetched")]
    [InlineData("/knn-service", """{"text": "a", "modality": "text"}""", "modality")]
    [InlineData("/knn-service", """{"text": "a", "indice_name": "other"}""", "there is one index")]
    [InlineData("/knn-service", """{"text": "a", "use_mclip": true}""", "does not have that")]
    [InlineData("/knn-service", """{"embedding_input": [1, 2]}""", "found 2 numbers")]
    [InlineData("/knn-service", """{"embedding_input": [0, 0, 0, 0]}""", "not all 0")]
    [InlineData("/knn-service", """{"embedding_input": [1e999, 0, 0, 0]}""", "embedding_input")]
    public async Task Wrong_input_is_a_problem_that_says_why(string route, string json, string reason)
    {
        await using var server = await Start();
        var (status, detail) = await server.ProblemAsync(route, json);
        Assert.Equal(400, status);
        Assert.Contains(reason, detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/search")]
    [InlineData("/knn-service")]
    public async Task Without_an_index_a_search_says_how_to_have_one(string route)
    {
        await using var server = await RunningServer.StartAsync();
        var (status, detail) = await server.ProblemAsync(route, """{"text": "red"}""");
        Assert.Equal(404, status);
        Assert.Contains("clipsharp index", detail, StringComparison.Ordinal);
        Assert.Equal("[]", await server.Client.GetStringAsync(new Uri("/indices-list", UriKind.Relative), Now));
    }

    [Fact]
    public async Task An_index_of_another_model_ends_the_application()
    {
        await using var server = await RunningServer.StartAsync(
            configure: options => options.Index = _colours.Index, waits: false);
        var fault = await Assert.ThrowsAsync<ClipException>(() => server.Served.Ready);
        Assert.Equal(ClipError.Config, fault.Kind);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Task.Delay(Timeout.Infinite, server.Lifetime.ApplicationStopping));
    }

    private Task<RunningServer> Start() => _colours.StartAsync();
}
