using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ClipSharp.Cli.Tests.Architecture;

/// <summary>What a start does without.</summary>
public sealed class StartTests
{
    // The linker of glibc tells what it loads. A quarter of a second lies in libtorch.
    [Theory]
    [InlineData("--help")]
    [InlineData("zeroshot", "--help")]
    [InlineData("tokenize", "--vocabulary")]
    public async Task What_needs_no_model_loads_no_libtorch(params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The linker of glibc is asked.");
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo(host, [typeof(Program).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LD_DEBUG"] = "files";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var loaded = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.SkipUnless(loaded.Contains("libcoreclr", StringComparison.Ordinal), "This linker does not tell.");
        Assert.DoesNotContain("libtorch", loaded, StringComparison.OrdinalIgnoreCase);
    }
}
