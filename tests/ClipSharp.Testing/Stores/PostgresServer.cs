using System.Diagnostics;
using Xunit;

namespace ClipSharp.Testing.Stores;

/// <summary>PostgreSQL with pgvector for tests: the server that CLIPSHARP_POSTGRES names (<c>postgres://...</c>), else PGlite,
/// which is PostgreSQL within node, once for a test program. A test skips where neither is there.</summary>
public static class PostgresServer
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private static readonly Lazy<(string? Address, string Absent)> Started = new(Start);
    private static Process? _node; // held: its standard input ends with it
    private static int _tables;

    /// <summary>Whether this is PGlite: connections share a session there, in which statements at one time get in each other's
    /// way, and locks are all one's own.</summary>
    public static bool IsShared => Named is null;

    private static string? Named =>
        Environment.GetEnvironmentVariable("CLIPSHARP_POSTGRES") is { Length: > 0 } named ? named : null;

    /// <summary>The address of a store whose tables nobody else has; they need not be there.</summary>
    /// <param name="options">Added to it, such as <c>copy=off</c>.</param>
    public static string NewStore(string options = "")
    {
        var table = $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _tables)}";
        return Address($"table={table}" + (options.Length > 0 ? "&" + options : ""));
    }

    /// <summary>The server's address with options.</summary>
    public static string Address(string options)
    {
        var (address, absent) = Started.Value;
        Assert.SkipWhen(address is null, absent);
        return address + (address!.Contains('?', StringComparison.Ordinal) ? "&" : "?") + options;
    }

    private static (string? Address, string Absent) Start()
    {
        if (Named is { } named)
        {
            return (named, "");
        }

        var packages = Path.Combine(SharedFiles.Root, "artifacts", "pglite");
        if (!Directory.Exists(Path.Combine(packages, "node_modules")))
        {
            return (null, "There is no PostgreSQL: run scripts/pglite, which needs npm, or name a server in CLIPSHARP_POSTGRES.");
        }

        try
        {
            var script = Path.Combine(SharedFiles.Root, "tests", "ClipSharp.Search.Postgres.Tests", "Server", "serve.mjs");
            _node = Process.Start(new ProcessStartInfo("node", [script, packages])
            {
                RedirectStandardInput = true, // which ends with this process, and the server with it
                RedirectStandardOutput = true,
            })!;
            var line = _node.StandardOutput.ReadLineAsync();
            return line.Wait(StartLimit) && line.Result?.Split(' ') is ["port", var port]
                ? ($"postgres://postgres:postgres@127.0.0.1:{port}/postgres?sslmode=disable&connections=1", "")
                : (null, $"PGlite did not start: {line.Result}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (null, "There is no node to run PGlite.");
        }
    }
}
