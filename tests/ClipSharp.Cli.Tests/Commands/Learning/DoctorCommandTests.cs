using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using ClipSharp.Shapes;

namespace ClipSharp.Cli.Tests.Commands.Learning;

public sealed class DoctorCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_libraries_of_the_package_folder_are_listed()
    {
        var (code, output) = await Doctor([]);

        Assert.Equal(0, code);
        Assert.NotEmpty(Libraries(output));
        Assert.Equal(JsonValueKind.Null, output.RootElement.GetProperty("problem").ValueKind);
    }

    [Fact]
    public async Task A_named_folder_wins()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Loading from a named folder was tried on Linux only.");
        var (_, usual) = await Doctor([]);
        foreach (var library in Libraries(usual).Where(file => !file.Contains("LibTorchSharp", StringComparison.Ordinal)))
        {
            File.CreateSymbolicLink(_folder[Path.GetFileName(library)], library);
        }

        var (code, output) = await Doctor(new() { ["CLIPSHARP_LIBTORCH"] = _folder.Path });

        Assert.Equal(0, code);
        Assert.All(Libraries(output).SkipLast(1), library => Assert.StartsWith(_folder.Path, library, StringComparison.Ordinal));
        Assert.Equal(Libraries(usual)[^1], Libraries(output)[^1]);
    }

    [Fact]
    public async Task A_named_folder_without_libraries_is_refused_instead_of_another_taken()
    {
        foreach (var name in new[] { _folder.Path, _folder["absent"] })
        {
            var (code, output) = await Doctor(new() { ["CLIPSHARP_LIBTORCH"] = name });

            Assert.Equal((int)ClipError.Unavailable, code);
            Assert.Contains(name, output.RootElement.GetProperty("problem").GetString(), StringComparison.Ordinal);
            Assert.Empty(Libraries(output));
        }
    }

    [Fact]
    public async Task A_library_that_is_none_is_named_in_the_refusal()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The names are those of Linux.");
        await File.WriteAllTextAsync(_folder["libtorch_cpu.so"], "none", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder["libc10.so"], "none", TestContext.Current.CancellationToken);

        var (code, output) = await Doctor(new() { ["CLIPSHARP_LIBTORCH"] = _folder.Path });

        Assert.Equal((int)ClipError.Unavailable, code);
        Assert.Contains("libc10.so", output.RootElement.GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_table_names_versions_and_devices()
    {
        using var output = new StringWriter();

        Assert.Equal(0, await CommandLine.Run(Program.Root(), ["doctor", "--system"], output, TextWriter.Null));

        Assert.Contains("TorchSharp", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("device cpu", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", 0, "go")]
    [InlineData("2000000000", (int)ClipError.Data, "no go")]
    public async Task A_run_may_begin_where_its_memory_is_there(string cacheMegabytes, int code, string verdict)
    {
        CorpusWriter.Write(_folder["corpus"],
            new CorpusOptions { Samples = 40, ValSamples = 8, HeldoutSamples = 8, ImageSize = 32, Workers = 1 });
        await File.WriteAllTextAsync(_folder["model.json"], """
            { "embed_dim": 16,
              "vision_cfg": { "image_size": 32, "layers": 1, "width": 64, "patch_size": 16, "head_width": 32 },
              "text_cfg": { "context_length": 32, "vocab_size": 600, "width": 64, "heads": 2, "layers": 1 } }
            """, TestContext.Current.CancellationToken);
        using var output = new StringWriter();

        var exit = await CommandLine.Run(Program.Root(),
            ["doctor", "--train-data", _folder["corpus/train"], "--model", _folder["model.json"], "--vocab-size", "600",
                "--batch-size", "10",
                "--lr", "3e-3", "--precision", "fp32", "--logs", _folder["logs"], "--cache-megabytes", cacheMegabytes], output,
                    TextWriter.Null);

        var lines = output.ToString().TrimEnd().Split('\n');
        Assert.Equal(code, exit);
        Assert.Equal(verdict, lines[^1]);
        Assert.Equal(code != 0, lines.Any(line => line.StartsWith("no: a step needs ", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.Contains("memory of a step", StringComparison.Ordinal)
            && line.Contains("available", StringComparison.Ordinal));
        Assert.Contains(lines, line =>
            line.Contains("each picture cut once and seen so at every step", StringComparison.Ordinal));
    }

    // libtorch is loaded once a process: each choice of libraries needs its own.
    private static async Task<(int Code, JsonDocument Output)> Doctor(Dictionary<string, string> environment)
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo(host, [typeof(Program).Assembly.Location, "doctor", "--system", "--json"])
        {
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, JsonDocument.Parse(output));
    }

    private static List<string> Libraries(JsonDocument output) =>
        [.. output.RootElement.GetProperty("libraries").EnumerateArray().Select(library => library.GetString()!)];
}
