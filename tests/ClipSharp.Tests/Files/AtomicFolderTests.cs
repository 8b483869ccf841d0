using ClipSharp.Files;

namespace ClipSharp.Tests.Files;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly string _place = Directory.CreateTempSubdirectory("clipsharp-").FullName;

    private string Target => Path.Combine(_place, "runs", "step-1");

    public void Dispose() => Directory.Delete(_place, recursive: true);

    [Fact]
    public void A_folder_appears_whole()
    {
        AtomicFolder.Write(Target, folder =>
        {
            AtomicFile.WriteText(Path.Combine(folder, "a"), "1");
            AtomicFile.WriteText(Path.Combine(folder, "inner", "b"), "2");
            Assert.False(Directory.Exists(Target));
        });
        Assert.Equal("1", File.ReadAllText(Path.Combine(Target, "a")));
        Assert.Equal("2", File.ReadAllText(Path.Combine(Target, "inner", "b")));
        Assert.Equal([Target], Directory.GetFileSystemEntries(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public void A_failure_leaves_nothing()
    {
        void Fail(string folder, Exception e)
        {
            AtomicFile.WriteText(Path.Combine(folder, "a"), "1");
            throw e;
        }

        Assert.Throws<InvalidOperationException>(
            () => AtomicFolder.Write(Target, folder => Fail(folder, new InvalidOperationException())));
        Assert.Equal(ClipError.InputOutput,
            Assert.Throws<ClipException>(() => AtomicFolder.Write(Target, folder => Fail(folder, new IOException("full")))).Kind);
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public void What_exists_is_not_touched()
    {
        AtomicFolder.Write(Target, folder => AtomicFile.WriteText(Path.Combine(folder, "a"), "1"));
        var refusal = Assert.Throws<ClipException>(() => AtomicFolder.Write(Target, _ => Assert.Fail("filled")));
        Assert.Equal(ClipError.CannotCreate, refusal.Kind);
        Assert.Throws<ClipException>(() => AtomicFolder.Write(Path.Combine(Target, "a"), _ => Assert.Fail("filled")));
        Assert.Equal("1", File.ReadAllText(Path.Combine(Target, "a")));
    }

    [Fact]
    public void Of_two_writers_one_wins_and_the_other_is_told()
    {
        Assert.Throws<ClipException>(() => AtomicFolder.Write(Target, _ =>
            AtomicFolder.Write(Target, inner => AtomicFile.WriteText(Path.Combine(inner, "a"), "inner"))));
        Assert.Equal("inner", File.ReadAllText(Path.Combine(Target, "a")));
        Assert.Equal([Target], Directory.GetFileSystemEntries(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public void Unfinished_folders_and_files_of_a_killed_process_are_removed()
    {
        Directory.CreateDirectory(Path.Combine(_place, "step-2.0123456789ab.tmp", "inner"));
        File.WriteAllText(Path.Combine(_place, "state.json.0123456789ab.tmp"), "");
        File.WriteAllText(Path.Combine(_place, "state.json"), "");
        AtomicFolder.RemoveUnfinished(_place);
        AtomicFolder.RemoveUnfinished(Path.Combine(_place, "absent"));
        Assert.Equal(["state.json"], Directory.GetFileSystemEntries(_place).Select(Path.GetFileName));
    }
}
