using System.IO.Hashing;
using System.Text;
using ClipSharp.Torch.Loading;

namespace ClipSharp.Torch.Tests.Loading;

public sealed class BridgeCorrectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_correction_changes_the_flags_the_name_and_the_version_and_nothing_else()
    {
        var original = Original();

        var corrected = BridgeCorrection.Correct(original, "library");

        var changed = Enumerable.Range(0, original.Length).Count(i => original[i] != corrected[i]);
        Assert.Equal(original.Length, corrected.Length);
        Assert.InRange(changed, 3, 2 + "_ZSt21ios_base_library_initv".Length);
        Assert.Equal(-1, Find(corrected, "_ZSt21ios_base_library_initv\0"));
        Assert.Equal(Find(original, "_ZSt21ios_base_library_initv\0"), Find(corrected, "_ZSt13get_terminatev\0"));
    }

    [Fact]
    public void A_corrected_library_is_not_corrected_again()
    {
        var corrected = BridgeCorrection.Correct(Original(), "library");

        var refusal = Assert.Throws<ClipException>(() => BridgeCorrection.Correct(corrected, "library"));

        Assert.Contains("0 symbols _ZSt21ios_base_library_initv", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_without_the_version_is_refused()
    {
        var bytes = Original();
        Encoding.ASCII.GetBytes("GLIBCXX_3.4.99").CopyTo(bytes, Find(bytes, "GLIBCXX_3.4.32\0"));

        var refusal = Assert.Throws<ClipException>(() => BridgeCorrection.Correct(bytes, "library"));

        Assert.Contains("0 entries for GLIBCXX_3.4.32", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_needs_more_of_that_version_is_refused()
    {
        const int VersionOfFirstSymbol = 0x3dfae + 2; // .gnu.version, readelf -S
        const byte Index = 18;                        // of GLIBCXX_3.4.32, readelf -V
        var bytes = Original();
        bytes[VersionOfFirstSymbol] = Index;

        var refusal = Assert.Throws<ClipException>(() => BridgeCorrection.Correct(bytes, "library"));

        Assert.Contains("symbol 1 of another version", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_library_is_refused_wherever_it_is_cut()
    {
        var bytes = Original();

        foreach (var length in new[] { 0, 3, 40, 64, 0x3890, 0x16760, 0x3f8f0, bytes.Length - 0x100, bytes.Length - 1 })
        {
            var refusal = Assert.Throws<ClipException>(() => BridgeCorrection.Correct(bytes.AsSpan(0, length), "library"));
            Assert.Equal(ClipError.Unavailable, refusal.Kind);
        }
    }

    [Fact]
    public void A_damaged_library_is_corrected_or_refused_but_never_read_outside()
    {
        var original = Original();
        var random = new RandomStream(1, RandomPurpose.Synthesis);
        // The header, the tables of versions and the section headers: where lengths and references stand.
        (int Start, int Length)[] parts = [(0, 64), (0x3f8f0, 0x210), (0x249360, 31 * 64)];
        foreach (var (start, length) in parts)
        {
            for (var round = 0; round < 60; round++)
            {
                var bytes = (byte[])original.Clone();
                for (var i = 0; i < 3; i++)
                {
                    bytes[start + random.NextInt32(length)] = (byte)random.NextInt32(256);
                }

                try
                {
                    BridgeCorrection.Correct(bytes, "library");
                }
                catch (ClipException)
                {
                    // The expected refusal; any other exception fails the test.
                }
            }
        }
    }

    [Fact]
    public void The_copy_is_named_by_the_hash_of_its_original_and_only_its_user_may_enter()
    {
        var original = Write("a.so", Original());

        var copy = CorrectedBridge.Copies(original, _folder["cache"]).First();

        var hash = Convert.ToHexStringLower(XxHash128.Hash(Original()));
        Assert.Equal(Path.Combine(_folder["cache"], hash, "a.so"), copy);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(Path.GetDirectoryName(copy)!));
        }
    }

    [Fact]
    public void The_copy_is_written_once()
    {
        var original = Write("a.so", Original());
        var cache = _folder["cache"];
        var first = CorrectedBridge.Copies(original, cache).First();
        var past = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(first, past);

        Assert.Equal(first, CorrectedBridge.Copies(original, cache).First());

        Assert.Equal(past, File.GetLastWriteTimeUtc(first));
        Assert.Single(Directory.EnumerateFiles(cache, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_changed_copy_is_written_anew()
    {
        var original = Write("a.so", Original());
        var cache = _folder["cache"];
        var copy = CorrectedBridge.Copies(original, cache).First();
        var good = File.ReadAllBytes(copy);
        File.WriteAllBytes(copy, good.AsSpan(0, 1000));

        _ = CorrectedBridge.Copies(original, cache).First();

        Assert.Equal(good, File.ReadAllBytes(copy));
    }

    [Fact]
    public void A_damaged_original_is_refused_and_leaves_no_copy()
    {
        var original = Write("a.so", Original()[..10000]);
        var cache = _folder["cache"];

        var refusal = Assert.Throws<ClipException>(() => CorrectedBridge.Copies(original, cache).First());

        Assert.Equal(original, refusal.Where);
        Assert.False(Directory.Exists(cache));
    }

    [Theory]
    [InlineData("file/below")]
    [InlineData(null)]
    public void Without_a_folder_that_can_be_written_the_copy_is_in_memory(string? folder)
    {
        var original = Write("a.so", Original());
        Write("file", []);

        var copy = Assert.Single(CorrectedBridge.Copies(original, folder is null ? null : _folder[folder]));

        Assert.StartsWith("/proc/self/fd/", copy, StringComparison.Ordinal);
        Assert.Equal(BridgeCorrection.Correct(Original(), original), File.ReadAllBytes(copy));
    }

    [Fact]
    public void Memory_comes_after_the_folder_which_may_forbid_to_execute()
    {
        var copies = CorrectedBridge.Copies(Write("a.so", Original()), _folder["cache"]).ToList();

        Assert.Equal(2, copies.Count);
        Assert.StartsWith(_folder["cache"], copies[0], StringComparison.Ordinal);
    }

    private static byte[] Original()
    {
        Assert.SkipUnless(LibTorchPlaces.Platform == "linux-x64", "The correction concerns Linux on x64 only.");
        var folder = LibTorchPlaces.OfThisProcess().Bridge
            .First(place => File.Exists(Path.Combine(place, "libLibTorchSharp.so")));
        return File.ReadAllBytes(Path.Combine(folder, "libLibTorchSharp.so"));
    }

    private static int Find(byte[] bytes, string text) => bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text));

    private string Write(string name, byte[] bytes)
    {
        var path = _folder[name];
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
