using System.CommandLine;
using ClipSharp.Cli.Rendering;
using ClipSharp.Files;

namespace ClipSharp.Cli.Tests.Crashes;

/// <summary>Every file operation of every command that writes, as the one at which the disk fails.</summary>
public sealed class FailingWriteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private FakeHub? _hub;

    public static TheoryData<string> Names => [.. WritingCommand.All.Where(one => !one.Value.IsLong).Select(one => one.Key)];

    public static TheoryData<string> AllNames => [.. WritingCommand.All.Keys];

    public void Dispose()
    {
        DurableStorage.Watch.Value = null;
        _hub?.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task At_one_operation_of_each_kind_a_failure_is_told_and_harms_nothing(string name)
    {
        var seen = await Prepare(WritingCommand.All[name]);
        foreach (var first in seen.Index().DistinctBy(operation => operation.Item.Action))
        {
            await Try(WritingCommand.All[name], first.Index, isFull: first.Index % 2 == 0);
        }
    }

    [Theory(Explicit = true)]
    [Trait("Category", "Long")]
    [MemberData(nameof(AllNames))]
    public async Task At_every_operation_a_failure_is_told_and_harms_nothing(string name)
    {
        var command = WritingCommand.All[name];
        await Prepare(command);
        for (var failing = 0; await Try(command, failing, isFull: failing % 2 == 0); failing += command.Step)
        {
        }
    }

    [Fact]
    public void Every_command_is_tried_or_writes_nothing()
    {
        // "data index" keeps what can be made again: where there is no place for it, it is held in memory and told.
        string[] writeNothing = ["data index", "doctor", "inspect", "models", "probe predict", "serve", "similarity", "tokenize"];
        var commands = All(Program.Root()).Where(command => command.Subcommands.Count == 0)
            .Select(command => HelpPage.PathOf(command)["clipsharp ".Length..]);

        Assert.Equal(commands.Order(StringComparer.Ordinal), commands.Where(command => writeNothing.Contains(command)
            || WritingCommand.All.Values.Any(one => one.Line.StartsWith(command, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal));

        static IEnumerable<Command> All(Command command) => [command, .. command.Subcommands.SelectMany(All)];
    }

    // The operations of an undisturbed run, whose output is kept beside.
    private async Task<IReadOnlyList<StorageOperation>> Prepare(WritingCommand command)
    {
        command.Prepare(_folder);
        if (command.Line.StartsWith("pull", StringComparison.Ordinal))
        {
            _hub = new FakeHub("org/tiny", [.. Directory.EnumerateFiles(_folder["model"])
                .Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)))]);
        }

        var disk = new FaultyDisk(-1, isFull: false);
        var (code, error) = await Run(command, disk);
        Assert.True(code == 0, error);
        Assert.NotEmpty(disk.Seen);
        Directory.Move(_folder[command.Output], _folder["expected"]);
        return disk.Seen;
    }

    // False when the command ended before that operation.
    private async Task<bool> Try(WritingCommand command, int failing, bool isFull)
    {
        Clear(command);
        var disk = new FaultyDisk(failing, isFull);
        var (code, error) = await Run(command, disk);
        var where = $"operation {failing}, {disk.Failed}: {code} {error}";
        if (disk.Failed is null)
        {
            Assert.True(code == 0, where);
            return false;
        }

        Assert.True(code is (int)ClipError.InputOutput or (int)ClipError.CannotCreate || (code == 0 && command.MayGoOn), where);
        RequireOneLine(code, error, where);
        RequireWhole(command, where);
        Assert.True(code == 0 || Unfinished().Length == 0, $"{where}: {string.Join(' ', Unfinished())}");

        var isThere = Same(command);
        var (again, told) = await Run(command, null);
        Assert.True(again == 0 || (again == (int)ClipError.CannotCreate && isThere), $"{where}, then {again} {told}");
        Assert.True(Same(command), where);
        return true;
    }

    private void RequireOneLine(int code, string error, string where)
    {
        var told = error.Split('\n').Where(line => line.StartsWith("error: ", StringComparison.Ordinal)).ToList();
        Assert.True(told.Count == (code == 0 ? 0 : 1), where);
        Assert.All(told, line => Assert.Contains(_folder.Path, line, StringComparison.Ordinal));
        Assert.All(told, line => Assert.DoesNotContain(".tmp", line, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("internal fault", error, StringComparison.Ordinal);
    }

    // The old, or the new; of what grows each file.
    private void RequireWhole(WritingCommand command, string where)
    {
        var (found, expected) = (Content(command, command.Output), Content(command, "expected"));
        if (command.Replaces && found.Values.SequenceEqual([Convert.ToHexString("old"u8)]))
        {
            return;
        }

        foreach (var file in found.Keys.Where(file => !command.Grows || (expected.ContainsKey(file) && !IsLedger(file))))
        {
            Assert.True(expected.GetValueOrDefault(file) == found[file], $"{where}: {file}");
        }

        Assert.True(command.Grows || found.Count is 0 || found.Count == expected.Count, where);
    }

    // Written anew with each part that is done.
    private static bool IsLedger(string file) => Path.GetFileName(file) is "embedding.json" or "left-out.jsonl";

    private bool Same(WritingCommand command)
    {
        var (found, expected) = (Content(command, command.Output), Content(command, "expected"));
        return (command.Compared is not null || found.Count == expected.Count)
            && expected.All(file => found.GetValueOrDefault(file.Key) == file.Value);
    }

    // The bytes of the files of an output by their paths in it.
    private Dictionary<string, string> Content(WritingCommand command, string output) => Files(_folder[output])
        .Where(file => command.Compared?.Invoke(file) ?? true)
        .ToDictionary(file => Path.GetRelativePath(_folder[output], file), file => Convert.ToHexString(File.ReadAllBytes(file)));

    private static string[] Files(string path) => File.Exists(path) ? [path]
        : Directory.Exists(path) ? Directory.GetFiles(path, "*", SearchOption.AllDirectories)
        : [];

    private string[] Unfinished() => Directory.GetFileSystemEntries(_folder.Path, "*.tmp", SearchOption.AllDirectories);

    private void Clear(WritingCommand command)
    {
        foreach (var path in new[] { _folder[command.Output], _folder["cache"] }.Where(Path.Exists))
        {
            if (File.Exists(path))
            {
                File.Delete(path);
            }
            else
            {
                Directory.Delete(path, recursive: true);
            }
        }

        if (command.Replaces)
        {
            File.WriteAllText(_folder[command.Output], "old");
        }
    }

    private async Task<(int Code, string Error)> Run(WritingCommand command, FaultyDisk? disk)
    {
        using var error = new StringWriter { NewLine = "\n" };
        DurableStorage.Watch.Value = disk is null ? null : disk.Watch;
        try
        {
            string[] arguments = [.. command.Line.Split(' ')
                .Select(word => word.Replace("DIR", _folder.Path, StringComparison.Ordinal))];
            return (await CommandLine.Run(WritingCommand.Tree(_folder, _hub?.Address), arguments, TextWriter.Null, error),
                error.ToString());
        }
        finally
        {
            DurableStorage.Watch.Value = null;
        }
    }
}
