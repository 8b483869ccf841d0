using System.Runtime.Versioning;
using ClipSharp.Files;

namespace ClipSharp.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _place = Directory.CreateTempSubdirectory("clipsharp-").FullName;

    private string Target => Path.Combine(_place, "out.txt");

    public void Dispose() => Directory.Delete(_place, recursive: true);

    [Fact]
    public void A_file_is_written_and_replaced_and_nothing_else_stays()
    {
        AtomicFile.WriteText(Target, "old");
        AtomicFile.WriteText(Target, "new ü");
        Assert.Equal("new ü"u8.ToArray(), File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_place));
    }

    [Fact]
    public void A_failing_writer_leaves_the_old_file_and_no_part()
    {
        AtomicFile.WriteText(Target, "old");
        void Fail(Stream stream, Exception e)
        {
            stream.Write(new byte[100_000]);
            throw e;
        }

        Assert.Throws<InvalidOperationException>(
            () => AtomicFile.Write(Target, stream => Fail(stream, new InvalidOperationException())));
        var full = Assert.Throws<ClipException>(
            () => AtomicFile.Write(Target, stream => Fail(stream, new IOException("No space left"))));
        Assert.Equal(ClipError.InputOutput, full.Kind);
        Assert.Contains("No space left", full.Message, StringComparison.Ordinal);
        var refusal = new ClipException(ClipError.Data, "a", "b", "c", "d", "e");
        Assert.Same(refusal, Assert.Throws<ClipException>(() => AtomicFile.Write(Target, stream => Fail(stream, refusal))));
        Assert.Equal("old", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_place));
    }

    [Fact]
    public void The_old_file_stands_until_the_new_one_is_whole()
    {
        AtomicFile.WriteText(Target, "old");
        AtomicFile.Write(Target, stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(Target));
        });
        Assert.Equal("new", File.ReadAllText(Target));
    }

    [Fact]
    public void Missing_parents_are_made()
    {
        var path = Path.Combine(_place, "a", "b", "c.txt");
        AtomicFile.WriteText(path, "x");
        Assert.Equal("x", File.ReadAllText(path));
    }

    [Fact]
    public void A_link_stays_a_link_and_its_file_is_replaced()
    {
        var link = Path.Combine(_place, "link");
        File.CreateSymbolicLink(link, Target);
        AtomicFile.WriteText(link, "through");
        Assert.Equal(Target, File.ResolveLinkTarget(link, returnFinalTarget: false)!.FullName);
        Assert.Equal("through", File.ReadAllText(Target));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_private_file_stays_private()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        AtomicFile.WriteText(Target, "old");
        File.SetUnixFileMode(Target, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        AtomicFile.WriteText(Target, "new");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Target));
    }

    [Fact]
    public void A_folder_or_a_file_in_the_way_cannot_be_written_over()
    {
        Directory.CreateDirectory(Target);
        Assert.Throws<ClipException>(() => AtomicFile.WriteText(Target, "x"));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_place));
        var file = Path.Combine(_place, "file");
        File.WriteAllText(file, "");
        var refusal = Assert.Throws<ClipException>(() => AtomicFile.WriteText(Path.Combine(file, "inner"), "x"));
        Assert.Equal(ClipError.CannotCreate, refusal.Kind);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_place_without_the_right_to_write_cannot_be_written()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.UserName == "root", "Root may write everywhere.");
        File.SetUnixFileMode(_place, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.Equal(ClipError.CannotCreate, Assert.Throws<ClipException>(() => AtomicFile.WriteText(Target, "x")).Kind);
        }
        finally
        {
            File.SetUnixFileMode(_place, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void A_device_is_written_to_and_a_full_one_is_told()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "No /dev/full here.");
        var refusal = Assert.Throws<ClipException>(
            () => AtomicFile.Write("/dev/full", stream => stream.Write(new byte[100_000])));
        Assert.Equal(ClipError.InputOutput, refusal.Kind);
        Assert.Equal(0, new FileInfo("/dev/full").Length);
    }

    [Fact]
    public async Task A_pipe_is_written_to_and_stays_one()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes among its files.");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [Target]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var read = Task.Run(() => File.ReadAllText(Target));
        AtomicFile.RequireWritable(Target);
        AtomicFile.WriteText(Target, "through the pipe");

        Assert.Equal("through the pipe", await read.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_place));
        Assert.Equal(0, new FileInfo(Target).Length);
    }

    [Fact]
    public void A_place_is_tried_before_the_work()
    {
        AtomicFile.RequireWritable(Target);
        Assert.Empty(Directory.GetFileSystemEntries(_place));

        File.WriteAllText(Target, "in the way");
        Assert.Equal(ClipError.CannotCreate,
            Assert.Throws<ClipException>(() => AtomicFile.RequireWritable(Path.Combine(Target, "x.json"))).Kind);
        Assert.Equal(ClipError.CannotCreate, Assert.Throws<ClipException>(() => AtomicFile.RequireWritable(_place)).Kind);
    }

    [Fact]
    public void Many_writers_of_one_file_end_with_one_whole_file()
    {
        Parallel.For(0, 16, i => AtomicFile.Write(Target, stream =>
        {
            for (var k = 0; k < 100; k++)
            {
                stream.Write(Enumerable.Repeat((byte)i, 1000).ToArray());
            }
        }));
        var bytes = File.ReadAllBytes(Target);
        Assert.Equal(100_000, bytes.Length);
        Assert.Single(bytes.Distinct());
        Assert.Equal([Target], Directory.GetFileSystemEntries(_place));
    }
}
