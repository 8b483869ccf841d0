using System.Globalization;
using System.IO.MemoryMappedFiles;
using ClipSharp.Torch.Loading;

namespace ClipSharp.Torch.Tests.Loading;

public sealed class LibraryPagesTests : IDisposable
{
    private const int Length = 1 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_program_s_pages_leave_memory_and_come_back_when_they_are_used()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It is done on Linux only.");
        File.WriteAllBytes(_folder["library.so"], Bytes());
        using var file = MemoryMappedFile.CreateFromFile(
            File.OpenRead(_folder["library.so"]), null, 0, MemoryMappedFileAccess.ReadExecute, HandleInheritability.None,
            leaveOpen: false);
        using var view = file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.ReadExecute);
        Assert.Equal(Bytes(), Read(view));
        Assert.Equal(Length, Resident());

        LibraryPages.Release("/some/other/folder/library.so");

        Assert.Equal(0, Resident());
        Assert.Equal(Bytes(), Read(view));
        LibraryPages.Release(_folder["another.so"]);
        Assert.Equal(Length, Resident());
    }

    private static byte[] Bytes() => [.. Enumerable.Range(0, Length).Select(i => (byte)(i / 4096))];

    private static byte[] Read(MemoryMappedViewAccessor view)
    {
        var bytes = new byte[Length];
        view.ReadArray(0, bytes, 0, Length);
        return bytes;
    }

    private static long Resident()
    {
        var lines = File.ReadLines("/proc/self/smaps").SkipWhile(line => !line.EndsWith("/library.so", StringComparison.Ordinal));
        var line = lines.First(line => line.StartsWith("Rss:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
