using ClipSharp.Torch.Loading;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Loading;

public sealed class LibTorchTests
{
    [Fact]
    public void Tensors_compute()
    {
        LibTorch.EnsureLoaded();

        using var scope = NewDisposeScope();
        Assert.Equal(12, ones(2, 3).add(1).sum().item<float>());
    }

    [Fact]
    public void Nothing_of_libtorch_is_copied_beside_the_application()
    {
        Assert.All(LibTorch.LoadedFiles,
            file => Assert.False(file.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal)));
        Assert.Equal(["libtorch.folders"], Directory
            .EnumerateFiles(AppContext.BaseDirectory, "libtorch*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    [Fact]
    public void Exceptions_of_libtorch_arrive_as_managed_ones()
    {
        using var scope = NewDisposeScope();

        var failure = Assert.ThrowsAny<Exception>(() => mm(ones(2, 3), ones(2, 3)));

        Assert.Contains("shapes cannot be multiplied", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_libraries_are_refused_together_with_their_places_and_one_remedy()
    {
        var places = new LibTorchPlaces(["/absent/one", "/absent/two"], ["/absent/three"]);

        var refusal = Assert.Throws<ClipException>(() => LibTorchLoader.Load(places, copies: null));

        Assert.Equal(ClipError.Unavailable, refusal.Kind);
        Assert.Contains("/absent/one, /absent/two", refusal.Message, StringComparison.Ordinal);
        Assert.Matches(@"torch_cpu\.\w+ and \w*LibTorchSharp\.\w+", refusal.Message);
        Assert.EndsWith($"Publish the application for its platform, which brings them: dotnet publish -r {LibTorchPlaces.Platform}.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_the_one_this_was_built_with() =>
        Assert.Equal(LibTorchPlaces.LibTorchVersion, LibTorch.Version);

    [Theory]
    [InlineData(0x0207_0100_0000_0000UL, "2.7.1")]
    [InlineData(0x030A_0000_0000_0000UL, "3.10.0")]
    public void Another_version_is_refused_in_one_line(ulong number, string spelt)
    {
        Assert.Equal(spelt, LibTorchVersion.Spell(number));

        var refusal = Assert.Throws<ClipException>(() => LibTorchVersion.Require(spelt, "libtorch_cpu.so"));

        Assert.Equal(ClipError.Unavailable, refusal.Kind);
        Assert.Contains($"(libtorch_cpu.so): found {spelt}, expected libtorch {LibTorchPlaces.LibTorchVersion}", refusal.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_libtorch_that_does_not_say_its_version_is_refused_and_a_patch_is_not()
    {
        Assert.Throws<ClipException>(() => LibTorchVersion.Require(null, "libtorch_cpu.so"));
        var version = Version.Parse(LibTorchPlaces.LibTorchVersion);
        LibTorchVersion.Require($"{version.Major}.{version.Minor}.{version.Build + 1}", "libtorch_cpu.so");
    }
}
