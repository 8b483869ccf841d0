using System.Reflection;
using System.Text.Json;
using System.Xml.Linq;
using ClipSharp.Torch;

namespace ClipSharp.Cli.Tests;

/// <summary>What the packages state beside the code, which the compiler does not see.</summary>
public sealed class PackageFilesTests
{
    private static string LibTorchVersion =>
        typeof(TorchClip).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(pair => pair.Key == "LibTorchVersion").Value!;

    [Fact]
    public void The_package_brings_the_libtorch_that_it_was_built_with()
    {
        using var file = JsonDocument.Parse(File
            .ReadAllBytes(Path.Combine(SharedFiles.Root, "src", "ClipSharp.Torch", "runtime.json")));
        var platforms = file.RootElement.GetProperty("runtimes").EnumerateObject().ToList();
        Assert.Equal(["linux-x64", "osx-arm64", "win-x64"], platforms.Select(platform => platform.Name));
        Assert.All(platforms, platform => Assert.Equal(
            LibTorchVersion, platform.Value.GetProperty("ClipSharp.Torch").GetProperty("libtorch-cpu-" + platform.Name)
            .GetString()));
    }

    [Fact]
    public void The_build_error_names_that_version()
    {
        var targets = XDocument.Load(Path.Combine(SharedFiles.Root, "src", "ClipSharp.Torch", "buildTransitive",
            "ClipSharp.Torch.targets"));
        Assert.Equal(LibTorchVersion, targets.Descendants("ClipSharpLibTorchVersion").Single().Value);
    }
}
