using System.Net;
using System.Text.Json;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Server.Tests.Endpoints;

/// <summary>GET /v1/pictures and below, and what is asked with the vectors that they give.</summary>
public sealed class PicturesTests(ServedColours served) : IClassFixture<ServedColours>
{
    private readonly IndexedColours _colours = served.Colours;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_of_a_list_join_to_the_whole_index()
    {
        var server = served.Server;
        var whole = Keys(await GetAsync(server, "/v1/pictures"));
        var pages = new List<string>();
        for (var skip = 0; skip < 40; skip += 7)
        {
            pages.AddRange(Keys(await GetAsync(server, $"/v1/pictures?top=7&skip={skip}")));
        }

        Assert.Equal(30, whole.Distinct().Count());
        Assert.Equal(whole, pages);
        Assert.Equal(whole.Where(key => key.StartsWith("green", StringComparison.Ordinal)).Skip(2).Take(3),
            Keys(await GetAsync(server, "/v1/pictures?top=3&skip=2&filter=name%20%3D%20green*")));
    }

    [Fact]
    public async Task Pages_of_a_search_join_to_one_long_search()
    {
        var server = served.Server;
        var whole = Keys(await server.AnswerAsync("/v1/search", """{"text": "green", "top": 30}"""));
        var pages = new List<string>();
        for (var skip = 0; skip < 30; skip += 4)
        {
            pages.AddRange(Keys(await server.AnswerAsync("/v1/search", $$"""{"text": "green", "top": 4, "skip": {{skip}}}""")));
        }

        Assert.Equal(30, whole.Count);
        Assert.Equal(whole, pages);
    }

    [Fact]
    public async Task A_picture_comes_with_its_vector_which_finds_it()
    {
        var server = served.Server;
        var id = (await GetAsync(server, "/v1/pictures?top=5")).GetProperty("results")[4].GetProperty("id").GetInt64();
        var one = await GetAsync(server, $"/v1/pictures/{id}");
        var key = one.GetProperty("picture").GetProperty("key").GetString();
        var vector = one.GetProperty("vector").GetString();
        var byVector = await server.AnswerAsync("/v1/search", JsonSerializer.Serialize(new { vector, top = 30 }));
        var byId = await server.AnswerAsync("/v1/search", $$"""{"similar_to": {{id}}, "top": 30}""");
        Assert.Equal(byVector.GetRawText(), byId.GetRawText());
        Assert.Contains(key, Keys(byId).Take(10));
        Assert.DoesNotContain(_colours.Folder, one.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_are_named_as_their_pictures_are()
    {
        var server = served.Server;
        var (blue, labels) = (Convert.ToBase64String(ColourPictures.Png(2)), """["red", "green", "blue"]""");
        var encoded = await server.AnswerAsync("/v1/embeddings",
            $$"""{"input": [{"image": "{{blue}}"}], "encoding_format": "base64"}""");
        var vector = encoded.GetProperty("data")[0].GetProperty("embedding").GetString();
        var byPicture = await server.AnswerAsync("/v1/zero-shot", $$"""{"images": ["{{blue}}"], "labels": {{labels}}}""");
        var byVector = await server.AnswerAsync("/v1/zero-shot", $$"""{"vectors": ["{{vector}}"], "labels": {{labels}}}""");
        Assert.Equal(byPicture.GetProperty("results").GetRawText(), byVector.GetProperty("results").GetRawText());
        Assert.Equal("blue", byVector.GetProperty("results")[0].GetProperty("predictions")[0].GetProperty("label").GetString());
    }

    [Theory]
    [InlineData("""{"vectors": [[1, 0]], "labels": ["red"]}""", "found 2 numbers")]
    [InlineData("""{"vectors": [[0, 0, 0, 0]], "labels": ["red"]}""", "not all 0")]
    [InlineData("""{"vectors": [[1, 0, 0, 0]], "images": ["AAAA"], "labels": ["red"]}""", "not both")]
    [InlineData("""{"vectors": [], "images": [], "labels": ["red"]}""", "there is none")]
    public async Task Vectors_that_cannot_be_named_are_refused(string json, string reason)
    {
        var server = served.Server;
        var (status, detail) = await server.ProblemAsync("/v1/zero-shot", json);
        Assert.Equal(400, status);
        Assert.Contains(reason, detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_to_look_at_is_a_picture_with_its_colour()
    {
        var server = served.Server;
        var found = (await server.AnswerAsync("/v1/search", """{"text": "blue", "top": 1}""")).GetProperty("results")[0];
        var address = $"/v1/pictures/{found.GetProperty("id").GetInt64()}/image";
        using var reply = await server.Client.GetAsync(new Uri(address + "?side=10", UriKind.Relative), Now);
        Assert.Equal("image/png", reply.Content.Headers.ContentType?.MediaType); // of so few pixels each counts
        var picture = ImageDecoder.Decode(await reply.Content.ReadAsByteArrayAsync(Now), "reply");
        Assert.Equal((10, 10), (picture.Width, picture.Height));
        Assert.Equal([0, 0], picture.Pixels[..2]);
        Assert.InRange(picture.Pixels[2], 190, 255);
    }

    [Fact]
    public async Task A_file_that_is_another_one_now_is_not_shown()
    {
        var server = served.Server;
        var found = (await server.AnswerAsync("/v1/search", """{"text": "red", "top": 1}""")).GetProperty("results")[0];
        var path = _colours.Photo(found.GetProperty("key").GetString()!);
        var address = new Uri($"/v1/pictures/{found.GetProperty("id").GetInt64()}/image", UriKind.Relative);
        File.WriteAllBytes(path, ColourPictures.Png(1, shade: 7));
        Assert.Equal(404, (await RunningServer.ProblemAsync(await server.Client.GetAsync(address, Now))).Status);
        File.Delete(path);
        var (status, detail) = await RunningServer.ProblemAsync(await server.Client.GetAsync(address, Now));
        Assert.Equal(404, status);
        Assert.DoesNotContain(_colours.Folder, detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/pictures/30", 404, "no picture of this id")]
    [InlineData("/v1/pictures/-1/image", 404, "no picture of this id")]
    [InlineData("/v1/pictures/1/image?side=0", 400, "1 to 2048")]
    [InlineData("/v1/pictures/1/image?side=2049", 400, "1 to 2048")]
    [InlineData("/v1/pictures?top=0", 400, "1 to 1000")]
    [InlineData("/v1/pictures?skip=-2", 400, "skip: found -2")]
    [InlineData("/v1/pictures?filter=colour", 400, "The filter cannot be read")]
    public async Task Wrong_addresses_are_problems_that_say_why(string address, int expected, string reason)
    {
        var server = served.Server;
        var (status, detail) = await RunningServer.ProblemAsync(
            await server.Client.GetAsync(new Uri(address, UriKind.Relative), Now));
        Assert.Equal(expected, status);
        Assert.Contains(reason, detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_index_there_is_no_list()
    {
        await using var server = await RunningServer.StartAsync();
        using var reply = await server.Client.GetAsync(new Uri("/v1/pictures", UriKind.Relative), Now);
        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.Contains("clipsharp index", await reply.Content.ReadAsStringAsync(Now), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_word_in_place_of_a_number_is_a_bad_request()
    {
        var server = served.Server;
        using var reply = await server.Client.GetAsync(new Uri("/v1/pictures?top=many", UriKind.Relative), Now);
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.DoesNotContain("Int32", await reply.Content.ReadAsStringAsync(Now), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> GetAsync(RunningServer server, string address) =>
        JsonDocument.Parse(await server.Client.GetStringAsync(new Uri(address, UriKind.Relative), Now)).RootElement;

    private static List<string> Keys(JsonElement reply) =>
        [.. reply.GetProperty("results").EnumerateArray().Select(each => each.GetProperty("key").GetString()!)];
}
