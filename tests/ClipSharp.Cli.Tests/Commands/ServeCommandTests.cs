using System.Net;
using System.Net.Sockets;
using System.Text;
using ClipSharp.Cli.Tests.Serving;

namespace ClipSharp.Cli.Tests.Commands;

/// <summary><c>clipsharp serve</c> as a process: what it says, answers, and how it ends. Its routes have tests of their
/// own.</summary>
public sealed class ServeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ServeCommandTests()
    {
        Directory.CreateDirectory(_folder["work"]);
        TinyModel.Write(_folder["work/tiny"]);
    }

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_says_where_it_listens_answers_and_ends_well_when_it_is_told_to()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The signal is one of Unix.");
        using var server = await ServeProcess.StartAsync(_folder["work"], "--model tiny",
            ("CLIPSHARP_API_KEY", "from the variable"));
        Assert.Matches(@"^http://127\.0\.0\.1:\d+  for this machine alone, with the key; ends with Ctrl-C or SIGTERM$",
            server.FirstLine);
        Assert.Equal("ready: tiny", await server.ReadyAsync());
        using var body = new StringContent("""{"input": "a red circle"}""", Encoding.UTF8, "application/json");
        using var refused = await server.Client.PostAsync(new Uri("v1/embeddings", UriKind.Relative), body, Now);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "from the variable");
        using var answered = await server.Client.PostAsync(new Uri("v1/embeddings", UriKind.Relative), body, Now);
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        await server.SignalAsync("TERM");
        Assert.Equal((0, ""), await server.EndAsync());
    }

    [Fact]
    public async Task A_classifier_that_zeroshot_stored_is_served_by_its_name_and_no_other_models()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are run by a shell of Unix.");
        await File.WriteAllBytesAsync(_folder["work/red.png"], ColourPictures.Png(0), Now);
        using var shell = new TypedCommands(_folder, "work");
        var (code, said) = shell.Run("zeroshot -m tiny -i red.png --labels red,green --save-classifier colours.safetensors");
        Assert.True(code == 0, said);
        using var server = await ServeProcess.StartAsync(_folder["work"],
            "--model tiny --classifier colours=colours.safetensors");
        await server.ReadyAsync();
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(ColourPictures.Png(0)), "image", "a.png" }, { new StringContent("colours"), "classifier" },
        };
        using var named = await server.Client.PostAsync(new Uri("v1/zero-shot", UriKind.Relative), form, Now);
        Assert.Contains("\"label\":\"green\"", await named.Content.ReadAsStringAsync(Now), StringComparison.Ordinal);

        TinyModel.Write(_folder["work/other"], seed: 1);
        (code, said) = shell.Run("serve --port 0 --model other --classifier colours=colours.safetensors");
        Assert.Equal(78, code);
        Assert.Contains("The classifier was made with another model", said, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_served_is_told_with_its_code()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are run by a shell of Unix.");
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using var shell = new TypedCommands(_folder, "work");
        Assert.All<(string Line, int Code, string Reason)>(
        [
            ("serve --model nothing --port 0", 66, "nothing"),
            ("serve --port 0", 64, "--model"),
            ("serve --index nowhere --port 0", 66, "There is no index"),
            ("serve --model tiny --port 70000", 64, "--port is 0 to 65535"),
            ("serve --model tiny --host example.com", 64, "--host takes an address"),
            ("serve --model tiny --port 0 --classifier colours", 64, "--classifier takes NAME=FILE, not"),
            ("serve --model tiny --port 0 --classifier a=x --classifier a=y", 64, "--classifier names \"a\" twice"),
            ("serve --model tiny --port 0 --classifier a=nothing", 66, "nothing"),
            ("serve --model tiny --port 0 --otlp-endpoint collector", 64, "--otlp-endpoint takes an address"),
            ("serve --model tiny --port TAKEN", 69, "The port cannot be listened at"),
        ], expected =>
        {
            var (code, output) = shell.RunWarm(expected.Line.Replace("TAKEN", $"{port}", StringComparison.Ordinal));
            Assert.True(expected.Code == code, $"{code}: {output}");
            Assert.Contains(expected.Reason, output, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        });
    }
}
