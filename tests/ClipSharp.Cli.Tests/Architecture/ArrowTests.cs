using System.Reflection;

namespace ClipSharp.Cli.Tests.Architecture;

/// <summary>Floors and rooms know only what docs/architecture.md lets them know.</summary>
public sealed class ArrowTests
{
    /// <summary>Which floors, and which engine, a floor may stand on.</summary>
    private static readonly Dictionary<string, string[]> Floors = new()
    {
        ["ClipSharp"] = ["SkiaSharp"],
        ["ClipSharp.Torch"] = ["ClipSharp", "TorchSharp"],
        ["ClipSharp.Onnx"] = ["ClipSharp", "Microsoft.ML.OnnxRuntime"],
        ["ClipSharp.Extensions.AI"] = ["ClipSharp"],
        ["ClipSharp.Data.Parquet"] = ["ClipSharp"],
        ["ClipSharp.Data.S3"] = ["ClipSharp"],
        ["ClipSharp.Images.Magick"] = ["ClipSharp", "Magick.NET-Q8-AnyCPU"],
        ["ClipSharp.Training"] = ["ClipSharp", "ClipSharp.Torch", "TorchSharp"],
        ["ClipSharp.Evaluation"] = ["ClipSharp"],
        ["ClipSharp.Search"] = ["ClipSharp"],
        ["ClipSharp.Server"] = ["ClipSharp", "ClipSharp.Extensions.AI", "ClipSharp.Search"],
        ["ClipSharp.Search.Postgres"] = ["ClipSharp", "ClipSharp.Search", "Npgsql", "Pgvector"],
        ["ClipSharp.Shapes"] = ["ClipSharp", "SkiaSharp"],
        ["ClipSharp.Cli"] = ["ClipSharp", "ClipSharp.Torch", "ClipSharp.Onnx", "ClipSharp.Training", "ClipSharp.Evaluation",
            "ClipSharp.Search", "ClipSharp.Search.Postgres", "ClipSharp.Server", "ClipSharp.Shapes", "ClipSharp.Data.Parquet",
            "ClipSharp.Data.S3", "ClipSharp.Images.Magick"],
    };

    /// <summary>Which rooms of the core a room may call; the root's contracts and Files are open to all.</summary>
    private static readonly Dictionary<string, string[]> Rooms = new()
    {
        ["Files"] = [],
        ["Host"] = [],
        ["Simd"] = [],
        ["Parts"] = [],
        ["Batching"] = ["Host", "Text", "Images"],
        ["Text"] = [],
        ["Images"] = [],
        ["Weights"] = [],
        ["Retrieval"] = ["Host"],
        ["Transfer"] = [],
        ["Hub"] = ["Transfer"],
        ["Data"] = ["Text", "Images", "Hub", "Transfer"],
        ["Models"] = ["Weights", "Text", "Images", "Hub"],
        ["ZeroShot"] = ["Text", "Images", "Weights", "Retrieval"],
    };

    /// <summary>The same of training.</summary>
    private static readonly Dictionary<string, string[]> TrainingRooms = new()
    {
        ["Doctor"] = ["Memory", "Optimization", "Runs"],
        ["Losses"] = ["Ranks"],
        ["Memory"] = ["Losses", "Optimization"],
        ["Optimization"] = ["Ranks"],
        ["Passes"] = [],
        ["Ranks"] = [],
        ["Runs"] = ["Losses", "Memory", "Optimization", "Ranks"],
    };

    public static TheoryData<string> FloorNames => [.. Floors.Keys];

    public static TheoryData<string> LibraryNames => [.. Floors.Keys.Where(name => name != "ClipSharp.Cli")];

    [Theory]
    [MemberData(nameof(FloorNames))]
    public void A_floor_stands_only_on_the_floors_below(string floor)
    {
        var used = Assembly.Load(floor).GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => name.StartsWith("ClipSharp", StringComparison.Ordinal)
                || name is "TorchSharp" or "SkiaSharp" or "Magick.NET-Q8-AnyCPU" or "Microsoft.ML.OnnxRuntime"
                    or "Npgsql" or "Pgvector");
        Assert.Empty(used.Except(Floors[floor]));
    }

    [Fact]
    public void A_room_of_the_core_calls_only_its_neighbours() => RequireNeighbours("ClipSharp", Rooms);

    [Fact]
    public void A_room_of_training_calls_only_its_neighbours() => RequireNeighbours("ClipSharp.Training", TrainingRooms);

    private static void RequireNeighbours(string floor, Dictionary<string, string[]> rooms)
    {
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in Assembly.Load(floor).GetTypes())
        {
            if (RoomOf(type, floor) is not { } room)
            {
                continue;
            }

            if (!rooms.TryGetValue(room, out var neighbours))
            {
                wrong.Add($"{room} is no room of the plan");
                continue;
            }

            foreach (var other in TypeReferences.Of(type))
            {
                if (RoomOf(other, floor) is { } called && called != room && called != "Files" && !neighbours.Contains(called))
                {
                    wrong.Add($"{type.FullName} calls {other.FullName}: {room} may not call {called}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [Theory]
    [MemberData(nameof(LibraryNames))]
    public void A_library_touches_neither_the_console_nor_the_systems_random_numbers(string library)
    {
        var wrong = Assembly.Load(library).GetTypes()
            .Where(type => TypeReferences.Of(type) is var used
                && (used.Contains(typeof(Console)) || used.Contains(typeof(Random))))
            .Select(type => type.FullName);
        Assert.Empty(wrong);
    }

    // docs/architecture.md: a name of the hub, an address of data, a command that was typed.
    [Theory]
    [MemberData(nameof(LibraryNames))]
    public void A_library_asks_the_network_or_runs_programs_only_where_it_is_known(string library)
    {
        Type[] ways = [typeof(HttpClient), typeof(System.Net.Sockets.Socket), typeof(System.Net.Sockets.TcpClient),
            typeof(System.Net.WebSockets.ClientWebSocket), typeof(System.Diagnostics.ProcessStartInfo)];
        var askers = Assembly.Load(library).GetTypes().Where(type => TypeReferences.Of(type) is var used
                && (used.Overlaps(ways) || used.Any(other => other.Name == "AmazonS3Client")))
            .Select(type => type.FullName!.Split('+')[0].Split('.')[^1]).Distinct().Order();
        Assert.Equal(library switch
        {
            "ClipSharp" => ["HttpExchange", "PipeStore"],
            "ClipSharp.Data.S3" => ["S3Store"],
            _ => [],
        }, askers);
    }

    // What native code reads once belongs to the application: it asks by ProcessTuning.Apply.
    [Theory]
    [MemberData(nameof(LibraryNames))]
    public void A_library_changes_the_process_only_to_keep_ONNX_Runtime_quiet_and_UCX_from_ending_it(string library)
    {
        string[] settings = ["ClipSharp.Host.ProcessTuning", "ClipSharp.Host.NativeEnvironment"];
        var callers = Assembly.Load(library).GetTypes()
            .Where(type => !settings.Contains(type.FullName)
                && TypeReferences.Of(type).Any(used => settings.Contains(used.FullName)))
            .Select(type => type.Name);
        Assert.Equal(library switch
        {
            "ClipSharp.Onnx" => ["OnnxSession"],
            "ClipSharp.Training" => ["MpiLibrary"], // before MPI brings UCX, which takes .NET's signals
            _ => (string[])[],
        }, callers);
    }

    // The first name after the floor's; null for its root and for types of other floors.
    private static string? RoomOf(Type type, string floor) =>
        type.Assembly.GetName().Name == floor && type.Namespace is { } name
        && name.StartsWith(floor + ".", StringComparison.Ordinal)
            ? name[(floor.Length + 1)..].Split('.')[0]
            : null;
}
