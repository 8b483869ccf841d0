using ClipSharp.Files;

namespace ClipSharp.Tests.Files;

public sealed class FolderManifestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_was_moved_elsewhere_with_a_link_in_its_place_is_as_it_was_written()
    {
        Directory.CreateDirectory(_folder["checkpoint"]);
        var (here, elsewhere) = (_folder["checkpoint/weights"], _folder["weights"]);
        File.WriteAllText(here, "numbers");
        FolderManifest.Write(_folder["checkpoint"], "manifest.json");
        File.Move(here, elsewhere);
        File.CreateSymbolicLink(here, elsewhere);
        Assert.Null(FolderManifest.Fault(_folder["checkpoint"], "manifest.json"));

        File.WriteAllText(elsewhere, "numbers and more");
        Assert.Equal("weights has 16 bytes, not 7", FolderManifest.Fault(_folder["checkpoint"], "manifest.json"));
    }

    [Fact]
    public void A_folder_is_described_by_what_its_links_lead_to()
    {
        Directory.CreateDirectory(_folder["checkpoint"]);
        File.WriteAllText(_folder["weights"], "numbers");
        File.CreateSymbolicLink(_folder["checkpoint/weights"], _folder["weights"]);
        FolderManifest.Write(_folder["checkpoint"], "manifest.json");
        Assert.Null(FolderManifest.Fault(_folder["checkpoint"], "manifest.json"));
    }
}
