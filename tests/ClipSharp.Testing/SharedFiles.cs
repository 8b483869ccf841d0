using Xunit;

namespace ClipSharp.Testing;

/// <summary>Finds reference values and data: the folder named by CLIPSHARP_SHARED, else <c>../shared</c> beside the
/// repository; for fixtures also the selection in <c>tests/fixtures</c>. A test whose file is absent skips and says
/// why.</summary>
public static class SharedFiles
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    private static string Shared { get; } =
        Environment.GetEnvironmentVariable("CLIPSHARP_SHARED") is { Length: > 0 } named
            ? named
            : Path.Combine(Root, "..", "shared");

    /// <summary>A file or folder of the reference values, such as "vit-tiny/expected.safetensors".</summary>
    public static string Fixture(string relative)
    {
        string[] places = [Path.Combine(Root, "tests", "fixtures", relative), Path.Combine(Shared, "fixtures", relative)];
        var found = places.FirstOrDefault(Path.Exists);
        Assert.SkipWhen(found is null,
            $"The fixture {relative} is absent: set CLIPSHARP_SHARED to a folder that holds fixtures/.");
        return found!;
    }

    /// <summary>A file or folder of the real data, such as "bad/expected.tsv".</summary>
    public static string Data(string relative)
    {
        var path = Path.Combine(Shared, "data", relative);
        Assert.SkipUnless(Path.Exists(path),
            $"The data {relative} is absent: set CLIPSHARP_SHARED to a folder that holds data/.");
        return path;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ClipSharp.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("ClipSharp.slnx is in no parent of " + AppContext.BaseDirectory);
    }
}
