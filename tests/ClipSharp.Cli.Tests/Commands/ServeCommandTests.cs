using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

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
        using var process = Start("serve --model tiny --port 0");
        var first = await process.StandardOutput.ReadLineAsync(Now);
        Assert.Matches(@"^http://127\.0\.0\.1:\d+  for this machine alone, with the key; ends with Ctrl-C or SIGTERM$", first);
        Assert.Equal("ready: tiny", await process.StandardOutput.ReadLineAsync(Now));
        using var client = new HttpClient { BaseAddress = new Uri(first!.Split(' ')[0]) };
        using var body = new StringContent("""{"input": "a red circle"}""", Encoding.UTF8, "application/json");
        using var refused = await client.PostAsync(new Uri("v1/embeddings", UriKind.Relative), body, Now);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", "from the variable");
        using var answered = await client.PostAsync(new Uri("v1/embeddings", UriKind.Relative), body, Now);
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);

        using (var signal = Process.Start("kill", ["-TERM", $"{process.Id}"]))
        {
            await signal.WaitForExitAsync(Now);
        }

        await process.WaitForExitAsync(Now);
        Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync(Now)));
    }

    [Theory]
    [InlineData("serve --model nothing --port 0", 66, "nothing")]
    [InlineData("serve --port 0", 64, "--model")]
    [InlineData("serve --index nowhere --port 0", 66, "There is no index")]
    [InlineData("serve --model tiny --port 70000", 64, "--port is 0 to 65535")]
    [InlineData("serve --model tiny --host example.com", 64, "--host takes an address")]
    [InlineData("serve --model tiny --port TAKEN", 69, "The port cannot be listened at")]
    public void What_cannot_be_served_is_told_with_its_code(string line, int code, string reason)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are run by a shell of Unix.");
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var shell = new TypedCommands(_folder, "work");
        var (found, output) = shell.Run(line.Replace("TAKEN", $"{port}", StringComparison.Ordinal));
        Assert.True(code == found, $"{found}: {output}");
        Assert.Contains(reason, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private Process Start(string arguments)
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo(host, $"\"{typeof(Program).Assembly.Location}\" {arguments}")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder["work"],
        };
        start.Environment["CLIPSHARP_API_KEY"] = "from the variable";
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }
}
