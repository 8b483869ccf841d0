using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ClipSharp.Files;

namespace ClipSharp.Training.Runs;

/// <summary>A run's folder, laid out as open_clip's: <c>params.txt</c> and <c>config.json</c>, <c>out.log</c>,
/// <c>metrics.jsonl</c>,
/// <c>tensorboard/</c>, <c>checkpoints/</c>. One process at a time: a lock file says whose it is. Of processes that train
/// together the first has it; the others know where it is, and write nothing.</summary>
public sealed class RunFolder : IDisposable
{
    private const string MetricsFile = "metrics.jsonl";
    private const string CompletedFile = "completed.json";

    // null where another process has the folder
    private readonly FileStream? _lock;
    private readonly AppendedFile? _metrics;
    private readonly AppendedFile? _log;
    private readonly TensorBoardFile? _board;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<string> _made;

    private RunFolder(string path) => (Root, _made, _time) = (path, [], TimeProvider.System);

    private RunFolder(string path, FileStream held, TimeProvider time, IReadOnlyList<string> made)
    {
        Root = path;
        _made = made;
        _lock = held;
        _time = time;
        try
        {
            _metrics = new AppendedFile(Path.Combine(path, MetricsFile), ofLines: true);
            _log = new AppendedFile(Path.Combine(path, "out.log"), ofLines: true);
            _board = new TensorBoardFile(Path.Combine(path, "tensorboard"), time);
        }
        catch
        {
            _metrics?.Dispose();
            _log?.Dispose();
            throw;
        }
    }

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>Lines and values that a full disk did not take.</summary>
    internal int Lost => (_log?.Lost ?? 0) + (_metrics?.Lost ?? 0) + (_board?.Lost ?? 0);

    /// <summary>Whether this process writes it.</summary>
    internal bool IsOurs => _lock is not null;

    /// <summary>Where checkpoints stand.</summary>
    public string Checkpoints => Path.Combine(Root, "checkpoints");

    /// <summary>The folder of a run that another process writes.</summary>
    internal static RunFolder Of(string path) => new(path);

    /// <summary>Opens the folder, making it when it is new.</summary>
    /// <exception cref="ClipException">Another process has it open, or it cannot be written.</exception>
    public static RunFolder Open(string path, TimeProvider time)
    {
        FileStream? held = null;
        var made = Absent(path).ToList();
        try
        {
            DurableStorage.CreateFolder(Path.GetFullPath(Path.TrimEndingDirectorySeparator(path)));
            held = DurableStorage.Create(Path.Combine(path, "lock"),
                new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.None });
            return new RunFolder(path, held, time, made);
        }
        catch (IOException e) when (IsHeld(e))
        {
            throw new ClipException(ClipError.CannotCreate, "The run folder cannot be opened", path, e.Message,
                "a folder that no other process trains in", "Choose another --name, or wait for the other run.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            Remove(path, made, isOurs: held is not null);
            throw new ClipException(ClipError.CannotCreate, "The run folder cannot be written", path, e.Message,
                "a writable folder",
                "Choose another place with --logs.", e);
        }
    }

    /// <summary>Whether the run began or went on: from then on the folder stays.</summary>
    internal bool HasBegun { get; private set; }

    /// <summary>Takes a folder away that was made for a run which could not begin, and the folders that were made for
    /// it.</summary>
    internal void Discard()
    {
        Dispose();
        Remove(Root, _made, isOurs: IsOurs);
    }

    // Without the lock another run may stand there by now: then only what is empty goes.
    private static void Remove(string root, IReadOnlyList<string> made, bool isOurs)
    {
        if (made.Count == 0 || !Directory.Exists(root))
        {
            return;
        }

        try
        {
            Directory.Delete(root, recursive: isOurs);
            foreach (var above in made.Skip(1))
            {
                Directory.Delete(above); // refused where another run stands by now
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What stays is empty but for the log that says why.
        }
    }

    /// <summary>Writes the options with which the run begins or goes on.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="resumed">Updates done where it goes on; null = it begins.</param>
    internal void Begin(TrainOptions options, long? resumed = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        HasBegun = true;
        if (!IsOurs)
        {
            return;
        }

        _metrics!.CutAt(EndOf(resumed ?? 0));
        if (resumed is { } step)
        {
            _board!.BeginSession(step + 1, Seconds());
        }

        File.Delete(Path.Combine(Root, CompletedFile));

        var json = (options with { Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Root)) }).ToJson();
        AtomicFile.WriteText(Path.Combine(Root, "config.json"), json + "\n");
        using var document = JsonDocument.Parse(json);
        var lines = document.RootElement.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal)
            .Select(p => $"{p.Name}: {p.Value}\n");
        AtomicFile.WriteText(Path.Combine(Root, "params.txt"), string.Concat(lines));
    }

    /// <summary>Leaves the mark of a run that came to its end: exit codes of launchers tell less.</summary>
    /// <param name="end">How it ended.</param>
    internal void Complete(TrainingEnd end)
    {
        if (IsOurs && end.Completed)
        {
            AtomicFile.WriteText(Path.Combine(Root, CompletedFile), JsonSerializer.Serialize(
                new { end.Steps, Checkpoint = Path.GetFileName(end.Checkpoint) }, TrainJson.Options) + "\n");
        }
    }

    // Where the last line ends that is of no later step: what follows is done again.
    private long EndOf(long step)
    {
        using var stream = new BufferedStream(
            new FileStream(Path.Combine(Root, MetricsFile), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var (end, line) = (0L, new List<byte>());
        for (var next = stream.ReadByte(); next >= 0; next = stream.ReadByte())
        {
            line.Add((byte)next);
            if (next == '\n')
            {
                end = StepOf(line) is { } of && of > step ? end : stream.Position;
                line.Clear();
            }
        }

        return end;
    }

    // As Measure begins each line; null of what was written by hand.
    private static long? StepOf(List<byte> line) =>
        line.Count > StepStart.Length && CollectionsMarshal.AsSpan(line) is var text && text.StartsWith(StepStart)
            && Utf8Parser.TryParse(text[StepStart.Length..], out long step, out _) ? step : null;

    /// <summary>Whether the curves hold an evaluation after a step.</summary>
    /// <param name="step">Updates done.</param>
    internal bool HasEvaluation(long step)
    {
        if (!IsOurs)
        {
            return false;
        }

        using var stream = new FileStream(Path.Combine(Root, MetricsFile), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var start = EvaluationStart(step);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds a line for people.</summary>
    public void Log(string line) =>
        _log?.Append(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{_time.GetUtcNow():yyyy-MM-dd HH:mm:ss} {line}\n")));

    /// <summary>Adds values of a step to the curves; values that are not finite are left out.</summary>
    /// <param name="step">Updates done.</param>
    /// <param name="group">"train" or "eval", TensorBoard's prefix.</param>
    /// <param name="values">Name and value.</param>
    public void Measure(long step, string group, IReadOnlyList<KeyValuePair<string, double>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (!IsOurs)
        {
            return;
        }

        var finite = values.Where(v => double.IsFinite(v.Value)).ToList();
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("step", step);
            if (group == "eval")
            {
                json.WriteStartObject("eval");
            }

            foreach (var (name, value) in finite)
            {
                json.WriteNumber(name, value);
            }

            if (group == "eval")
            {
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        _metrics!.Append(buffer.ToArray());
        var seconds = Seconds();
        foreach (var (name, value) in finite)
        {
            _board!.Add($"{group}/{name}", step, value, seconds);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics?.Dispose();
        _log?.Dispose();
        _board?.Dispose();
        _lock?.Dispose(); // the file stays: deleting it would let two processes in
    }

    private double Seconds() => _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    // Windows' sharing violation; EAGAIN of Linux and macOS.
    private static bool IsHeld(IOException e) => e.HResult is unchecked((int)0x80070020) or 11 or 35;

    // The folders of a path that are not there, the innermost first.
    private static IEnumerable<string> Absent(string path)
    {
        var folder = Path.GetFullPath(Path.TrimEndingDirectorySeparator(path));
        for (; folder is not null && !Path.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }

    private static ReadOnlySpan<byte> StepStart => "{\"step\":"u8;

    // As Measure begins such a line.
    private static string EvaluationStart(long step) => FormattableString.Invariant($"{{\"step\":{step},\"eval\":");
}
