using ClipSharp.Search.Collections;
using ClipSharp.Search.Updates;

namespace ClipSharp.Search.Tests.Collections;

/// <summary>An index on disk as a store.</summary>
public sealed class PictureIndexTests : PictureStoreConformance
{
    private readonly TemporaryFolder _folder = new();

    public override void Dispose()
    {
        _folder.Dispose();
        base.Dispose();
    }

    private protected override IPictureWriter Write() => FolderWriter.Open(_folder["index"]);

    protected override IPictureStore Open() => PictureIndex.Open(_folder["index"]);
}
