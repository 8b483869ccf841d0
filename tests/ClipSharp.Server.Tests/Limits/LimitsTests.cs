using System.Net.Sockets;
using System.Text;
using ClipSharp.Server.Limits;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Server.Tests.Limits;

/// <summary>Each limit and the status of whoever goes beyond it; the table is that of docs/serving.md.</summary>
public sealed class LimitsTests
{
    private static readonly string Png = Convert.ToBase64String(ColourPictures.Png(0));

    private static readonly string Wide = Convert.ToBase64String(OddInputs.Png);

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    /// <summary>Limit, its small value, a request beyond it (PNG and WIDE stand for pictures), the status.</summary>
    public static TheoryData<string, string, string, int> Beyond => new()
    {
        { nameof(ServerLimits.BodyBytes), "/v1/embeddings", """{"input": "0123456789 0123456789 0123456789"}""", 413 },
        { nameof(ServerLimits.WaitingPictures), "/v1/embeddings", """{"input": ["data:image/png;base64,PNG", {"image": "PNG"}]}""", 413 },
        { nameof(ServerLimits.WaitingTokens), "/v1/embeddings", """{"input": ["a b c d e f g h"]}""", 413 },
        { nameof(ServerLimits.JsonDepth), "/v1/embeddings", """{"input": [[[[[[[[["x"]]]]]]]]]}""", 400 },
        { nameof(ServerLimits.Texts), "/v1/embeddings", """{"input": ["a", "b", "c"]}""", 400 },
        { nameof(ServerLimits.TextBytes), "/v1/embeddings", """{"input": "a text of many letters"}""", 400 },
        { nameof(ServerLimits.Pictures), "/v1/embeddings", """{"input": [{"image": "PNG"}, {"image": "PNG"}, {"image": "PNG"}]}""", 400 },
        { nameof(ServerLimits.PicturePixels), "/v1/embeddings", """{"input": {"image": "WIDE"}}""", 400 },
        { nameof(ServerLimits.Labels), "/v1/zero-shot", """{"images": ["PNG"], "labels": ["a", "b", "c"]}""", 400 },
        { nameof(ServerLimits.Templates), "/v1/zero-shot", """{"images": ["PNG"], "labels": ["a"], "templates": ["{}", "a {}", "b {}"]}""", 400 },
        { nameof(ServerLimits.Prompts), "/v1/zero-shot", """{"images": ["PNG"], "labels": ["a", "b"], "templates": ["{}", "a {}"]}""", 400 },
    };

    private static readonly Dictionary<string, long> Small = new()
    {
        [nameof(ServerLimits.BodyBytes)] = 20,
        [nameof(ServerLimits.WaitingPictures)] = 1,
        [nameof(ServerLimits.WaitingTokens)] = 5,
        [nameof(ServerLimits.JsonDepth)] = 8,
        [nameof(ServerLimits.Texts)] = 2,
        [nameof(ServerLimits.TextBytes)] = 10,
        [nameof(ServerLimits.Pictures)] = 2,
        [nameof(ServerLimits.PicturePixels)] = 1000,
        [nameof(ServerLimits.Labels)] = 2,
        [nameof(ServerLimits.Templates)] = 2,
        [nameof(ServerLimits.Prompts)] = 3,
    };

    // Those of waiting, time and connections have tests of their own.
    private static readonly string[] Elsewhere =
    [
        nameof(ServerLimits.Connections), nameof(ServerLimits.Requests), nameof(ServerLimits.WaitingBytes),
        nameof(ServerLimits.BodyTime), nameof(ServerLimits.AnswerTime), nameof(ServerLimits.DrainTime),
        nameof(ServerLimits.Classifiers), nameof(ServerLimits.Results), nameof(ServerLimits.Depth),
    ];

    [Theory]
    [MemberData(nameof(Beyond))]
    public async Task Beyond_a_limit_is_its_status(string limit, string route, string json, int status)
    {
        var body = json.Replace("PNG", Png, StringComparison.Ordinal).Replace("WIDE", Wide, StringComparison.Ordinal);
        await using var server = await RunningServer.StartAsync(configure: options => Set(options.Limits, limit, Small[limit]));
        var (found, detail) = await server.ProblemAsync(route, body);
        Assert.True(status == found, $"{found} {detail}");
        await using var usual = await RunningServer.StartAsync();
        using var reply = await usual.PostAsync(route, body);
        Assert.Equal(limit == nameof(ServerLimits.JsonDepth) ? 400 : 200, (int)reply.StatusCode);
    }

    [Fact]
    public async Task Every_limit_stands_in_the_table_of_the_page_with_its_default()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SharedFiles.Root, "docs", "serving.md"), Now);
        foreach (var limit in typeof(ServerLimits).GetProperties())
        {
            Assert.True(Small.ContainsKey(limit.Name) || Elsewhere.Contains(limit.Name), limit.Name);
            var standard = limit.GetValue(new ServerLimits()) switch
            {
                TimeSpan time => FormattableString.Invariant($"{time.TotalSeconds} s"),
                var number => FormattableString.Invariant($"{number:N0}"),
            };
            Assert.Contains($"| `{limit.Name}` | {standard} |", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_body_that_is_announced_as_too_large_is_refused_before_it_is_read()
    {
        await using var server = await RunningServer.StartAsync();
        var reply = await RawAsync(server, "Content-Length: 20000000\r\n\r\n"); // and not one byte of it
        Assert.StartsWith("HTTP/1.1 413", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_read_up_to_its_limit()
    {
        await using var server = await RunningServer.StartAsync(configure: options => options.Limits.BodyBytes = 20);
        var reply = await RawAsync(server, "Transfer-Encoding: chunked\r\n\r\n40\r\n" + new string(' ', 64) + "\r\n");
        Assert.StartsWith("HTTP/1.1 413", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_does_not_arrive_in_time_is_408()
    {
        await using var server = await RunningServer.StartAsync(
            configure: options => options.Limits.BodyTime = TimeSpan.FromMilliseconds(200));
        var reply = await RawAsync(server, "Content-Length: 100\r\n\r\n{\"input\":");
        Assert.StartsWith("HTTP/1.1 408", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_not_there_in_time_is_504()
    {
        var encoder = new WatchedEncoder(new FakeEncoder());
        await using var server = await RunningServer.StartAsync(() => RunningServer.Fake(encoder),
            options => options.Limits.AnswerTime = TimeSpan.FromSeconds(1));
        await encoder.Entered; // the two forwards of the warm-up
        await encoder.Entered;
        encoder.Hold();
        var first = server.PostAsync("/v1/embeddings", """{"input": "first"}""");
        await encoder.Entered; // it has begun, and is not cut short
        var (status, _) = await server.ProblemAsync("/v1/embeddings", """{"input": "second"}""");
        Assert.Equal(504, status);
        encoder.Release();
        (await first).Dispose();
    }

    [Fact]
    public async Task A_connection_beyond_their_number_is_closed_and_those_that_are_there_go_on()
    {
        await using var server = await RunningServer.StartAsync(configure: options => options.Limits.Connections = 2);
        var request = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray();
        using TcpClient first = new(), second = new(), third = new();
        var buffer = new byte[4096];
        foreach (var socket in new[] { first, second, third })
        {
            await socket.ConnectAsync(server.Address.Host, server.Address.Port, Now);
            try
            {
                await socket.GetStream().WriteAsync(request, Now);
                var read = await socket.GetStream().ReadAsync(buffer, Now);
                Assert.Equal(socket != third, read > 0);
            }
            catch (IOException)
            {
                Assert.Same(third, socket); // closed while the request was on its way
            }
        }

        await first.GetStream().WriteAsync(request, Now);
        Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(buffer, 0, await first.GetStream().ReadAsync(buffer, Now)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compressed_bodies_and_other_types_are_415()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.StartsWith("HTTP/1.1 415", await RawAsync(server, "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"),
            StringComparison.Ordinal);
        using var reply = await server.PostAsync("/v1/embeddings", "{}"u8.ToArray(), "text/plain");
        Assert.Equal(415, (int)reply.StatusCode);
    }

    [Fact]
    public void A_limit_that_allows_nothing_is_refused()
    {
        var fault = Assert.Throws<ClipException>(() => new ServerLimits { Texts = 0 }.Validated());
        Assert.Contains("ClipSharp:Limits:Texts", fault.Message, StringComparison.Ordinal);
    }

    // The first reply to a request whose end is the caller's choice.
    private static async Task<string> RawAsync(RunningServer server, string rest)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Address.Host, server.Address.Port, Now);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + rest), Now);
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer, Now));
    }

    private static void Set(ServerLimits limits, string name, long value)
    {
        var limit = typeof(ServerLimits).GetProperty(name)!;
        limit.SetValue(limits, Convert.ChangeType(value, limit.PropertyType, null));
    }
}
