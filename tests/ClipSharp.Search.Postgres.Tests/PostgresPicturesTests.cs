using ClipSharp.Search.Collections;
using ClipSharp.Search.Tests.Collections;
using ClipSharp.Search.Updates;
using ClipSharp.Testing.Stores;

namespace ClipSharp.Search.Postgres.Tests;

/// <summary>A database as a store.</summary>
[Collection(Stores.OneAfterTheOther)]
public sealed class PostgresPicturesTests : PictureStoreConformance
{
    private readonly string _address = PostgresServer.NewStore();

    public override void Dispose()
    {
        Stores.Drop(_address);
        base.Dispose();
    }

    private protected override IPictureWriter Write() => PostgresWriter.Open(PostgresAddress.Parse(_address));

    protected override IPictureStore Open() => PostgresPictures.Open(_address);
}
