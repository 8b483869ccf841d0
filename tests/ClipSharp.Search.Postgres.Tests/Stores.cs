namespace ClipSharp.Search.Postgres.Tests;

/// <summary>The stores of tests.</summary>
internal static class Stores
{
    /// <summary>The collection of tests that use the server: PGlite has one session for all.</summary>
    public const string OneAfterTheOther = "PostgreSQL";

    /// <summary>Takes a store away.</summary>
    public static void Drop(string address)
    {
        using var collection = new PostgresCollection(address);
        collection.EnsureCollectionDeletedAsync().GetAwaiter().GetResult();
    }
}
