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
        Assert.Empty(Directory.EnumerateFiles(AppContext.BaseDirectory, "libtorch*", SearchOption.AllDirectories));
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
}
