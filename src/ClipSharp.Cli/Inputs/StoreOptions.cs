using System.CommandLine;
using ClipSharp.Cli.Parsing;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Postgres;
using ClipSharp.Search.Updates;

namespace ClipSharp.Cli.Inputs;

/// <summary>Where indexed pictures are: <c>--index</c>, a folder, or <c>--store</c>, a database, whose address may also stand in
/// a variable. No address is shown with its password.</summary>
internal sealed class StoreOptions
{
    private const string Variable = "CLIPSHARP_STORE";

    /// <param name="folder">What the command does with a folder.</param>
    public StoreOptions(string folder)
    {
        Index = new Option<string?>("--index") { Description = folder, HelpName = "folder" };
        Store = new Option<string?>("--store")
        {
            Description = "The same in PostgreSQL with pgvector: postgres://user@host/database, with ?table=name for another "
                + $"than clipsharp_pictures; also in the variable {Variable}, the password in PGPASSWORD.",
            HelpName = "address",
        };
    }

    /// <summary>A folder.</summary>
    public Option<string?> Index { get; }

    /// <summary>A database.</summary>
    public Option<string?> Store { get; }

    /// <summary>Lets a command have one of both.</summary>
    /// <param name="command">The command, which has the options.</param>
    /// <param name="isNeeded">Whether it cannot do without.</param>
    public void RequireOne(Command command, bool isNeeded = true) => command.Require(parsed =>
        (parsed.GetValue(Index), parsed.GetValue(Store)) switch
        {
            (not null, not null) => "Give --index or --store, not both.",
            (null, null) when isNeeded && AddressOf(parsed) is null =>
                "Give --index FOLDER, or --store postgres://USER@HOST/DATABASE.",
            _ => null,
        });

    /// <summary>Whether pictures are in a database.</summary>
    public bool IsDatabase(ParseResult parsed) => AddressOf(parsed) is not null;

    /// <summary>The folder or the address, as people are told; null where neither was given.</summary>
    public string? Shown(ParseResult parsed) => Address(parsed)?.Shown ?? parsed.GetValue(Index);

    /// <summary>Where what was left out is listed.</summary>
    public string LedgerOf(ParseResult parsed) => Address(parsed) is { } address ? $"the table {address.Table.LeftOut}"
        : Path.Combine(parsed.GetValue(Index)!, Data.Index.LeftOutFile.FileName);

    /// <summary>Opens what is there for searches.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="approximate">Whether an index is searched by its graph.</param>
    /// <exception cref="ClipException">There is nothing, or it cannot be reached.</exception>
    public IPictureStore Open(ParseResult parsed, bool approximate = false) => AddressOf(parsed) is { } address
        ? PostgresPictures.Open(address) : PictureIndex.Open(parsed.GetValue(Index)!, approximate);

    /// <summary>Opens it for an update; it need not be there.</summary>
    /// <exception cref="ClipException">Another process changes it, or it cannot be reached.</exception>
    public IPictureWriter OpenWriter(ParseResult parsed) => Address(parsed) is { } address ? PostgresWriter.Open(address)
        : FolderWriter.Open(parsed.GetValue(Index)!);

    private PostgresAddress? Address(ParseResult parsed) =>
        AddressOf(parsed) is { } text ? PostgresAddress.Parse(text) : null;

    // What stands on the command line goes before the variable.
    private string? AddressOf(ParseResult parsed) => parsed.GetValue(Store) ?? (parsed.GetValue(Index) is null
        && Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } address ? address : null);
}
