using System.Text;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Server.Tests.Limits;

/// <summary>Requests of every broken kind: whatever a stranger sends is answered in words, and tells nothing of this
/// machine.</summary>
public sealed class MalformedRequestsTests
{
    private const int MutantsEach = 500; // of four bodies: 2,000
    private const string Boundary = "----part";

    private static readonly string Png = Convert.ToBase64String(OddInputs.Png);

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    /// <summary>Route, type and body of sound requests.</summary>
    public static TheoryData<string, string, byte[]> Sound => new()
    {
        { "/v1/embeddings", "application/json", Encoding.UTF8.GetBytes(
            """{"input": ["a red circle", {"image": "data:image/png;base64,PNG"}, "ünï", [1, 2, 3]], "dimensions": 32, "encoding_format": "float", "model": "x"}"""
                .Replace("PNG", Png, StringComparison.Ordinal)) },
        { "/v1/zero-shot", "application/json", Encoding.UTF8.GetBytes(
            """{"images": ["PNG"], "labels": ["red", "green"], "templates": ["a {}."], "top": 2}"""
                .Replace("PNG", Png, StringComparison.Ordinal)) },
        { "/v1/zero-shot", $"multipart/form-data; boundary={Boundary}", Form(OddInputs.Jpeg) },
        { "/v1/embeddings", "application/json", Encoding.UTF8.GetBytes("""{"input": [[1, 2], [3, 40000], "x", -5e3, null, {"image": {}}]}""") },
    };

    [Theory]
    [MemberData(nameof(Sound))]
    public async Task A_mutant_is_answered_in_words(string route, string type, byte[] sound)
    {
        await using var server = await RunningServer.StartAsync();
        var statuses = new SortedDictionary<int, int>();
        foreach (var (mutant, how) in Mutations.Of(sound, MutantsEach))
        {
            using var reply = await server.PostAsync(route, mutant, type);
            await CheckAsync(reply, how);
            statuses[(int)reply.StatusCode] = statuses.GetValueOrDefault((int)reply.StatusCode) + 1;
        }

        Assert.InRange(statuses.GetValueOrDefault(400), MutantsEach / 10, MutantsEach); // damage is noticed
        await server.AnswerAsync("/v1/embeddings", """{"input": "still there"}""");
    }

    [Fact]
    public async Task An_odd_picture_is_its_callers_fault()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var picture in OddInputs.All(isShared: false).Where(input =>
            input.File.StartsWith("pictures/", StringComparison.Ordinal)))
        {
            using var reply = await server.PostAsync("/v1/embeddings",
                $$"""{"input": {"image": "{{Convert.ToBase64String(picture.Bytes)}}"} }""");
            await CheckAsync(reply, picture.File);
            Assert.True((picture.Verdict == "accept" ? 200 : 400) == (int)reply.StatusCode, $"{picture.File} {picture.Verdict}");
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(33)]
    [InlineData(100_000)]
    public async Task Depth_costs_nothing(int depth)
    {
        await using var server = await RunningServer.StartAsync();
        var (status, detail) = await server.ProblemAsync("/v1/embeddings",
            "{\"input\":" + new string('[', depth - 1) + new string(']', depth - 1) + "}");
        Assert.Equal(400, status);
        Assert.Contains("whole numbers only", detail, StringComparison.Ordinal); // at its third level
    }

    private static async Task CheckAsync(HttpResponseMessage reply, string how)
    {
        var text = await reply.Content.ReadAsStringAsync(Now);
        var status = (int)reply.StatusCode;
        Assert.True(status is 200 or >= 400 and < 500 or 503, $"{how}: {status} {text}");
        if (status == 200)
        {
            return;
        }

        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType?.MediaType);
        string[] ofThisMachine =
            ["System.", "Microsoft.", "ClipSharp.", "   at ", SharedFiles.Root, Path.GetTempPath(), ".cs:", "Exception"];
        Assert.All(ofThisMachine, word => Assert.DoesNotContain(word, text, StringComparison.Ordinal));
    }

    private static byte[] Form(byte[] picture)
    {
        using var form = new MultipartFormDataContent(Boundary)
        {
            { new ByteArrayContent(picture) { Headers = { ContentType = new("image/jpeg") } }, "image", "a.jpg" },
            { new StringContent("red,green"), "labels" }, { new StringContent("a {}."), "templates" },
        };
        return form.ReadAsByteArrayAsync().Result;
    }
}
