using System.ClientModel;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Embeddings;

namespace ClipSharp.Server.Tests.Endpoints;

/// <summary>POST /v1/embeddings.</summary>
public sealed class EmbeddingsTests
{
    private const string Route = "/v1/embeddings";

    private static readonly string Png = Convert.ToBase64String(ColourPictures.Png(0));

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_text_gives_OpenAIs_shape()
    {
        await using var server = await RunningServer.StartAsync();
        var reply = await server.AnswerAsync(Route, """{"input": "a red circle", "model": "any", "user": "me"}""");
        Assert.Equal(["object", "data", "model", "usage"], reply.EnumerateObject().Select(member => member.Name));
        Assert.Equal("list", reply.GetProperty("object").GetString());
        Assert.Equal("any", reply.GetProperty("model").GetString());
        var data = Assert.Single(reply.GetProperty("data").EnumerateArray());
        Assert.Equal(["object", "index", "embedding"], data.EnumerateObject().Select(member => member.Name));
        var tokens = RunningServer.Tokenizer.Tokenize(["a red circle"], 16).TokenCount;
        Assert.Equal(tokens, reply.GetProperty("usage").GetProperty("prompt_tokens").GetInt64());
        Assert.Equal(tokens, reply.GetProperty("usage").GetProperty("total_tokens").GetInt64());
        using var clip = RunningServer.Fake(new FakeEncoder());
        Assert.Equal(clip.EncodeTexts(["a red circle"]).Values, RunningServer.Vectors(reply)[0]);
    }

    [Fact]
    public async Task Base64_holds_the_same_numbers()
    {
        await using var server = await RunningServer.StartAsync();
        var input = $$"""["one", "two", {"image": "{{Png}}"}]""";
        var numbers = RunningServer.Vectors(await server.AnswerAsync(Route, $$"""{"input": {{input}}}"""));
        var bytes = await server.AnswerAsync(Route, $$"""{"input": {{input}}, "encoding_format": "base64", "dimensions": 32}""");
        Assert.Equal(numbers, bytes.GetProperty("data").EnumerateArray().Select(data =>
            MemoryMarshal.Cast<byte, float>(data.GetProperty("embedding").GetBytesFromBase64()).ToArray()));
    }

    [Fact]
    public async Task Token_ids_are_the_text_with_start_and_end_or_without()
    {
        await using var server = await RunningServer.StartAsync();
        var row = RunningServer.Tokenizer.Tokenize(["a red circle"], 16);
        var whole = row.Row(0)[..(row.EndPositions[0] + 1)].ToArray();
        var vectors = RunningServer.Vectors(await server.AnswerAsync(Route,
            $$"""{"input": [{{JsonSerializer.Serialize(whole)}}, {{JsonSerializer.Serialize(whole[1..^1])}}]}"""));
        var text = RunningServer.Vectors(await server.AnswerAsync(Route, """{"input": ["a red circle"]}"""))[0];
        Assert.Equal([text, text], vectors);
        var single = RunningServer.Vectors(await server.AnswerAsync(Route,
            $$"""{"input": {{JsonSerializer.Serialize(whole)}}}"""));
        Assert.Equal([text], single);
    }

    [Fact]
    public async Task Pictures_and_texts_come_back_in_their_order()
    {
        await using var server = await RunningServer.StartAsync();
        var escaped = Png.Replace("/", "\\/", StringComparison.Ordinal);
        var mixed = RunningServer.Vectors(await server.AnswerAsync(Route,
            $$"""{"input": ["x", "data:image/png;base64,{{Png}}", "y", {"image": "{{escaped}}"}]}"""));
        using var clip = RunningServer.Fake(new FakeEncoder());
        var (texts, picture) = (clip.EncodeTexts(["x", "y"]), clip.EncodeImages([ColourPictures.Png(0)]));
        Assert.Equal([texts.Row(0).ToArray(), picture.Row(0).ToArray(), texts.Row(1).ToArray(), picture.Row(0).ToArray()], mixed);
    }

    [Fact]
    public async Task OpenAIs_own_client_is_a_generator_of_embeddings()
    {
        await using var server = await RunningServer.StartAsync(configure: options => options.ApiKey = "secret");
        var client = new EmbeddingClient("tiny", new ApiKeyCredential("secret"),
            new OpenAIClientOptions { Endpoint = new Uri(server.Address, "v1") });
        using var generator = client.AsIEmbeddingGenerator();
        var vectors = await generator.GenerateAsync(["a red circle", "a blue square"], cancellationToken: Now);
        using var clip = RunningServer.Fake(new FakeEncoder());
        var expected = clip.EncodeTexts(["a red circle", "a blue square"]);
        Assert.Equal(expected.Row(0).ToArray(), vectors[0].Vector.ToArray());
        Assert.Equal(expected.Row(1).ToArray(), vectors[1].Vector.ToArray());
        Assert.True(vectors.Usage!.InputTokenCount > 4);
        var refusal = await Assert.ThrowsAsync<ClientResultException>(() => generator.GenerateAsync(["x"],
            new() { Dimensions = 5 }, Now));
        Assert.Contains("32 numbers", refusal.Message, StringComparison.Ordinal); // the words arrive
    }

    [Theory]
    [InlineData("""{}""", "input: it is missing")]
    [InlineData("""{"input": []}""", "the list is empty")]
    [InlineData("""{"input": [[]]}""", "token ids is empty")]
    [InlineData("""{"input": 5}""", "texts, lists of token ids")]
    [InlineData("""{"input": [1.5]}""", "whole numbers")]
    [InlineData("""{"input": [99999]}""", "there is no token 99999")]
    [InlineData("""{"input": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}""", "more than the 16")]
    [InlineData("""{"input": "x", "dimensions": 31}""", "32 numbers")]
    [InlineData("""{"input": "x", "dimensions": 1e99}""", "dimensions: ")]
    [InlineData("""{"input": "x", "encoding_format": "int8"}""", "float or base64")]
    [InlineData("""{"input": "x", "inptu": "x"}""", "inptu: there is no such member")]
    [InlineData("""{"input": "x", "input": "y"}""", "input: it stands twice")]
    [InlineData("""{"input": "\ud800"}""", "no valid Unicode")]
    [InlineData("""{"input": "data:image/png;base64,AAA"}""", "3 characters, a multiple of 4")]
    [InlineData("""{"input": "data:image/png,AAA"}""", "data:image/png;base64")]
    [InlineData("""{"input": {"image": "????"}}""", "no base64")]
    [InlineData("""{"input": {"image": "http://localhost/a.png"}}""", "links are not fetched")]
    [InlineData("""{"input": {"url": "http://localhost/a.png"}}""", "{\"image\": base64}")]
    [InlineData("""{"input": {"image": "aGVsbG8="}}""", "something that is no picture")]
    [InlineData("""{"input": "x" // comment""", "the JSON is broken")]
    [InlineData("""[]""", "one object is expected")]
    [InlineData("""null""", "not null")]
    public async Task Wrong_input_is_a_problem_that_says_why(string json, string reason)
    {
        await using var server = await RunningServer.StartAsync();
        var (status, detail) = await server.ProblemAsync(Route, json);
        Assert.Equal(400, status);
        Assert.Contains(reason, detail, StringComparison.Ordinal);
    }
}
